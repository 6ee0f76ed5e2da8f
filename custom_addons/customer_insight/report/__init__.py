"""Reports as spreadsheet files: what they consist of and how they are written."""
