"""Phantoms and DICOM files for tests and synthetic studies; nothing here is needed to measure.

`files` writes any dataset; `series` makes PET slices that are right until a test changes them;
`enhanced` writes them as one file; `contours` draws structure sets; `phantom` images spheres as a
scanner does; `volumes` does without files; `jpeg` compresses as archives do. Segmentations are
written by `petsuv.segmentation`.
"""
