"""Results as files that a buyer can send on: CSV, XLSX, a PDF brief, drafts of requests for quotation."""
