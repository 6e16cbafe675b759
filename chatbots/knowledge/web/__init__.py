"""Knowledge from the web: which addresses may be asked, how, and what becomes of the pages."""
