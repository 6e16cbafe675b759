"""What is measured, a section a file; each adds its rows to the report. The goals are those of docs/performance.md."""
