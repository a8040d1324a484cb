"""A hospital's own workbook, CSV file or REDCap export adopted as a study, by an edited mapping."""
