"""From words' and vectors' evidence to a ranking and a calibrated confidence. Plain numpy: no database, no Django."""
