"""Tables of what is measured: Trop2 staining and PET/CT scans."""

import pandas as pd
from pandera.typing import Series

from compendium.studies import TRACERS, TSH_LEVELS
from compendium.tables.columns import (
    IDENTIFIER,
    Table,
    day,
    field,
    laboratory,
    lesion_reference,
    patient_reference,
    sign,
    yes_no,
)


class IhcRead(Table):
    """Trop2 immunohistochemistry: one row a reading of one block by one reader."""

    patient_id: Series[str] = patient_reference()
    block_id: Series[str] = field(
        "Tissue block, unique within the patient", "蜡块编号", pattern=IDENTIFIER
    )
    reader_id: Series[str] = field("Pseudonym of the reader", "阅片者代号", pattern=IDENTIFIER)
    tissue: Series[str] = field(
        "Primary tumour or metastasis", "组织来源", codes=("primary", "metastasis")
    )
    antibody_clone: Series[str] = field("Clone of the antibody", "抗体克隆号")
    antibody_catalogue: Series[str] = field(
        "Catalogue number of the antibody", "抗体货号", missing="not recorded"
    )
    blinded: Series[pd.BooleanDtype] = yes_no(
        "Reader did not know the outcome", "是否盲法阅片", missing="not recorded"
    )
    pct_0: Series[float] = field(
        "Tumour cells without staining", "阴性细胞比例", unit="%", ge=0, le=100
    )
    pct_1: Series[float] = field(
        "Tumour cells with weak staining", "弱阳性细胞比例", unit="%", ge=0, le=100
    )
    pct_2: Series[float] = field(
        "Tumour cells with moderate staining", "中等阳性细胞比例", unit="%", ge=0, le=100
    )
    pct_3: Series[float] = field(
        "Tumour cells with strong staining", "强阳性细胞比例", unit="%", ge=0, le=100
    )
    pct_membranous: Series[float] = field(
        "Tumour cells with membranous staining of any strength",
        "膜染色细胞比例",
        unit="%",
        ge=0,
        le=100,
        missing="not read",
    )

    class Config(Table.Config):
        name = "ihc_read"
        title = "Trop2免疫组化:每位阅片者对每个蜡块的一次判读一行"
        unique = ("patient_id", "block_id", "reader_id")


class PetScan(Table):
    """One row a PET/CT scan, with the place of its DICOM series and regions."""

    scan_id: Series[str] = field("Scan", "扫描编号", pattern=IDENTIFIER)
    patient_id: Series[str] = patient_reference()
    tracer: Series[str] = field("Tracer", "示踪剂", codes=tuple(TRACERS))
    scan_day: Series[pd.Int64Dtype] = day("Day of the scan", "扫描日")
    tsh_level: Series[str] = field(
        "Scheduled TSH level of a 124I scan (low 30±10, high over 100 mIU/L)",
        "计划TSH水平",
        codes=TSH_LEVELS,
        missing="not a 124I scan",
    )
    tsh_miu_per_l: Series[float] = laboratory(
        "TSH at administration",
        "给药时TSH",
        unit="mIU/L",
        le=1000,
        missing="not a 124I scan, or not measured",
    )
    tsh_miu_per_l_sign: Series[str] | None = sign("TSH", "TSH")
    injected_activity_mbq: Series[float] = field(
        "Net injected activity by the study's own record; the DICOM header is used and checked "
        "against it",
        "净注射活度(自记录)",
        unit="MBq",
        gt=0,
        le=2000,
        missing="only in the header",
    )
    administered_at: Series[str] = field(
        "Date and time of administration, YYYY-MM-DDTHH:MM:SS, in the header's clock; only needed "
        "where the header lacks it",
        "给药日期时间(仅在DICOM缺失时需要)",
        pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
        missing="in the header",
        identifies=True,
    )
    fwhm_mm: Series[float] = field(
        "Reconstructed resolution, full width at half maximum",
        "重建空间分辨率(FWHM)",
        unit="mm",
        gt=0,
        le=20,
        missing="unknown; no partial-volume flag",
    )
    series_dir: Series[str] = field(
        "Folder or zip archive of the PET series, relative to the study's dicom folder",
        "PET序列文件夹或zip文件(相对路径)",
        missing="no images; SUVmax was read by a person, in lesion_reading",
    )
    series: Series[str] | None = field(
        "Series Instance UID or Series Number of the PET series, where its folder or zip archive "
        "holds several",
        "PET序列UID或序列号(文件夹含多个序列时填写)",
        missing="the folder holds one PET series",
        identifies=True,
    )
    region_file: Series[str] = field(
        "Region file (DICOM SEG, RTSTRUCT, NIfTI or NRRD), relative to the study's dicom folder",
        "勾画文件(相对路径)",
        missing="no region drawn: no lesion visible and none forced",
    )
    registration_file: Series[str] | None = field(
        "DICOM Spatial Registration of the regions to the PET, where they were drawn in another "
        "frame of reference, relative to the study's dicom folder",
        "勾画与PET的空间配准文件(相对路径)",
        missing="regions in the frame of reference of the PET",
    )
    residual_series_dir: Series[str] = field(
        "Folder of a scan just before the second administration, for what is left of the first",
        "第二次给药前残留显像文件夹",
        missing="none was made",
    )

    class Config(Table.Config):
        name = "pet_scan"
        title = "PET/CT扫描:每次扫描一行"
        unique = ("scan_id",)


class LesionReading(Table):
    """SUVmax of a lesion as a person read it in a viewer: one row a reading of one lesion."""

    patient_id: Series[str] = patient_reference()
    scan_id: Series[str] = field(
        "Scan, as in pet_scan", "扫描编号(同 pet_scan)", pattern=IDENTIFIER
    )
    lesion_id: Series[str] = lesion_reference()
    suv_max: Series[float] = field(
        "SUVmax by body weight, as the viewer showed it",
        "软件显示的SUVmax(按体重)",
        unit="g/mL",
        gt=0,
        le=200,
    )
    reader_id: Series[str] = field("Pseudonym of the reader", "阅片者代号", pattern=IDENTIFIER)
    software: Series[str] = field("Software in which it was read", "阅片软件")
    software_version: Series[str] = field("Its version", "软件版本", missing="not recorded")

    class Config(Table.Config):
        name = "lesion_reading"
        title = "人工读取的病灶SUVmax:每位阅片者每病灶每次扫描一行"
        unique = ("scan_id", "lesion_id", "reader_id")
