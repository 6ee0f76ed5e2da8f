Analysis screens with export to PNG and XLSX: the first of them is cohort retention by month, quarter or year.
