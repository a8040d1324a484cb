"""PET in DICOM to standardised uptake values and figures of lesions."""
