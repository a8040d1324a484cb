"""The form of a study's tables, in one place: meaning, unit, range, codes, missing values, identity.

Validation, templates, the data dictionary and the disclosure gate are all made from these models.
Days are whole days since day 0, the day of the total thyroidectomy (of the first thyroid operation
where there was none). A date may be given in place of any day, in a column with `_date` for `_day`;
it is converted at loading by the patient's `index_date` and does not leave the loader.
"""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

YES_NO = ("yes", "no")
DAY_MIN, DAY_MAX = -36_525, 36_525


def field(
    description: str,
    zh: str,
    *,
    unit: str = "",
    codes: tuple[str, ...] | None = None,
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    pattern: str | None = None,
    unique: bool = False,
    missing: str = "",
    identifies: bool = False,
    free_text: bool = False,
) -> Any:
    """A column and all that is known of it.

    Args:
        description: its meaning, in English; `zh` the same in Chinese.
        unit: UCUM-like unit, empty for codes and text.
        codes: the values allowed, for a coded column.
        ge, le, gt: limits of the plausible range, in `unit`.
        pattern: regular expression that the whole of a text value matches.
        missing: what an empty cell means; empty where the column may not be missing.
        identifies: the value can tell who the person is; it never leaves the loader.
        free_text: typed by hand, and so searched for names before anything is published.
    """
    return pa.Field(
        isin=list(codes) if codes else None,
        ge=ge,
        le=le,
        gt=gt,
        str_matches=f"^(?:{pattern})$" if pattern else None,
        unique=unique,
        nullable=bool(missing),
        description=description,
        metadata={
            "zh": zh,
            "unit": unit,
            "codes": codes,
            "missing": missing,
            "identifies": identifies,
            "free_text": free_text,
        },
    )


def day(description: str, zh: str, **more: Any) -> Any:
    """A column of whole days since day 0."""
    return field(description, zh, unit="d", ge=DAY_MIN, le=DAY_MAX, **more)


def patient_reference() -> Any:
    """The key into the patient table."""
    return field("Pseudonym of the patient", "患者化名编号", pattern=r"[A-Za-z0-9_-]+")


def lesion_reference() -> Any:
    """The key of a lesion within its patient, and the name of its region on every scan."""
    return field(
        "Lesion, unique within the patient; also the name of its region in the region file",
        "病灶编号(患者内唯一;与影像勾画区域同名)",
        pattern=r"[A-Za-z0-9_-]+",
    )


class Table(pa.DataFrameModel):
    """What all tables share: unknown columns are an error, so that nothing is dropped in silence."""

    class Config:
        strict = True
        ordered = False
        coerce = False


class Patient(Table):
    """One row a candidate, eligible or not."""

    patient_id: Series[str] = field(
        "Pseudonym of the patient", "患者化名编号", pattern=r"[A-Za-z0-9_-]+", unique=True
    )
    study: Series[str] = field(
        "Registered study: TROP2 is NCT07314255, TSH124I is NCT04880798",
        "所属注册研究",
        codes=("TROP2", "TSH124I"),
    )
    sex: Series[str] = field("Sex", "性别", codes=("female", "male", "other"))
    age_years: Series[float] = field(
        "Age on day 0", "第0天(甲状腺全切术日)年龄", unit="a", ge=0, le=120
    )
    total_thyroidectomy: Series[pd.BooleanDtype] = field(
        "Total thyroidectomy done", "是否行甲状腺全切术", codes=YES_NO
    )
    severe_comorbidity: Series[pd.BooleanDtype] = field(
        "Other severe comorbidity",
        "是否合并其他严重疾病",
        codes=YES_NO,
        missing="not recorded; the exclusion cannot be assessed",
    )
    follow_up_complete: Series[pd.BooleanDtype] = field(
        "Clinical and follow-up data complete enough for the study",
        "临床及随访资料是否完整",
        codes=YES_NO,
        missing="not recorded; the exclusion cannot be assessed",
    )
    distant_metastasis: Series[pd.BooleanDtype] = field(
        "Distant metastasis confirmed by CT or other imaging",
        "影像学证实远处转移",
        codes=YES_NO,
        missing="not assessed",
    )
    pregnant_or_lactating: Series[pd.BooleanDtype] = field(
        "Pregnant or lactating (TSH124I)",
        "妊娠或哺乳期",
        codes=YES_NO,
        missing="not applicable",
    )
    hepatic_or_renal_dysfunction: Series[pd.BooleanDtype] = field(
        "Significant hepatic or renal dysfunction (TSH124I)",
        "严重肝肾功能异常",
        codes=YES_NO,
        missing="not applicable",
    )
    tolerates_pet: Series[pd.BooleanDtype] = field(
        "Able to lie flat and still and to tolerate PET (TSH124I)",
        "能平卧并耐受PET检查",
        codes=YES_NO,
        missing="not applicable",
    )
    height_cm: Series[float] = field(
        "Height", "身高", unit="cm", ge=50, le=250, missing="not recorded"
    )
    weight_kg: Series[float] = field(
        "Body weight", "体重", unit="kg", ge=10, le=400, missing="not recorded"
    )
    patient_name: Series[str] | None = field(
        "Name; better left out", "姓名(建议不填)", missing="not kept", identifies=True
    )
    record_number: Series[str] | None = field(
        "Hospital record number; better left out",
        "病历号(建议不填)",
        missing="not kept",
        identifies=True,
    )
    index_date: Series[str] | None = field(
        "Date of day 0, only needed where other columns hold dates",
        "第0天日期(仅在其他列填日期时需要)",
        missing="all other columns hold days",
        identifies=True,
    )
    note: Series[str] | None = field(
        "Free text; never published", "备注(不会公开)", missing="no note", free_text=True
    )

    class Config(Table.Config):
        name = "patient"
        metadata = {"zh": "患者:每位候选者一行,无论是否合格", "key": ("patient_id",)}


class Pathology(Table):
    """Postoperative pathology and molecular findings, one row a patient."""

    patient_id: Series[str] = patient_reference()
    histology: Series[str] = field(
        "Postoperative histology; ptc_… is papillary",
        "术后病理类型(ptc_ 为乳头状癌)",
        codes=(
            "ptc_classic",
            "ptc_follicular",
            "ptc_tall_cell",
            "ptc_other",
            "ftc",
            "oncocytic",
            "pdtc",
            "mtc",
            "atc",
            "benign",
            "other",
        ),
    )
    t_stage: Series[str] = field(
        "Primary tumour, AJCC 8",
        "T分期(AJCC第8版)",
        codes=("T1", "T2", "T3", "T4", "TX"),
        missing="not recorded",
    )
    n_stage: Series[str] = field(
        "Regional nodes, AJCC 8",
        "N分期(AJCC第8版)",
        codes=("N0", "N1a", "N1b", "NX"),
        missing="not recorded",
    )
    m_stage: Series[str] = field(
        "Distant metastasis at diagnosis, AJCC 8",
        "M分期(AJCC第8版)",
        codes=("M0", "M1"),
        missing="not recorded",
    )
    extrathyroidal_extension: Series[str] = field(
        "Extrathyroidal extension",
        "甲状腺外侵犯",
        codes=("none", "microscopic", "gross"),
        missing="not recorded",
    )
    tumour_diameter_mm: Series[float] = field(
        "Largest diameter of the primary",
        "原发灶最大径",
        unit="mm",
        gt=0,
        le=300,
        missing="not recorded",
    )
    multifocal: Series[pd.BooleanDtype] = field(
        "More than one focus in the thyroid", "多灶性", codes=YES_NO, missing="not recorded"
    )
    vascular_invasion: Series[pd.BooleanDtype] = field(
        "Vascular invasion", "血管侵犯", codes=YES_NO, missing="not recorded"
    )
    braf_v600e: Series[str] = field(
        "BRAF V600E", "BRAF V600E 突变", codes=("mutant", "wild_type", "not_tested")
    )
    tert_promoter: Series[str] = field(
        "TERT promoter mutation", "TERT启动子突变", codes=("mutant", "wild_type", "not_tested")
    )

    class Config(Table.Config):
        name = "pathology"
        metadata = {"zh": "术后病理与分子检测:每位患者一行", "key": ("patient_id",)}


class IhcRead(Table):
    """Trop2 immunohistochemistry: one row a reading of one block by one reader."""

    patient_id: Series[str] = patient_reference()
    block_id: Series[str] = field(
        "Tissue block, unique within the patient", "蜡块编号", pattern=r"[A-Za-z0-9_-]+"
    )
    reader_id: Series[str] = field(
        "Pseudonym of the reader", "阅片者代号", pattern=r"[A-Za-z0-9_-]+"
    )
    tissue: Series[str] = field(
        "Primary tumour or metastasis", "组织来源", codes=("primary", "metastasis")
    )
    antibody_clone: Series[str] = field("Clone of the antibody", "抗体克隆号")
    antibody_catalogue: Series[str] = field(
        "Catalogue number of the antibody", "抗体货号", missing="not recorded"
    )
    blinded: Series[pd.BooleanDtype] = field(
        "Reader did not know the outcome", "是否盲法阅片", codes=YES_NO, missing="not recorded"
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
        metadata = {
            "zh": "Trop2免疫组化:每位阅片者对每个蜡块的一次判读一行",
            "key": ("patient_id", "block_id", "reader_id"),
        }


class RaiCourse(Table):
    """One row a course of 131I therapy."""

    patient_id: Series[str] = patient_reference()
    course: Series[pd.Int64Dtype] = field(
        "Number of the course, from 1", "治疗疗程序号", ge=1, le=30
    )
    course_day: Series[pd.Int64Dtype] = day("Day of administration", "131I给药日")
    activity_gbq: Series[float] = field(
        "Administered 131I activity",
        "131I给药活度",
        unit="GBq",
        gt=0,
        le=40,
        missing="not recorded",
    )
    tsh_miu_per_l: Series[float] = field(
        "TSH at administration", "给药时TSH", unit="mIU/L", ge=0, le=1000, missing="not recorded"
    )
    tg_pre_ng_per_ml: Series[float] = field(
        "Thyroglobulin before the course", "治疗前Tg", unit="ng/mL", ge=0, missing="not recorded"
    )
    tg_post_ng_per_ml: Series[float] = field(
        "Thyroglobulin after the course", "治疗后Tg", unit="ng/mL", ge=0, missing="not recorded"
    )
    tg_comparable: Series[pd.BooleanDtype] = field(
        "Both Tg values at the same TSH state and by the same assay",
        "两次Tg的TSH状态与检测方法相同",
        codes=YES_NO,
        missing="not recorded",
    )
    tgab_negative: Series[pd.BooleanDtype] = field(
        "Thyroglobulin antibody negative at both",
        "两次TgAb均为阴性",
        codes=YES_NO,
        missing="not recorded",
    )

    class Config(Table.Config):
        name = "rai_course"
        metadata = {"zh": "131I治疗:每疗程一行", "key": ("patient_id", "course")}


class Lesion(Table):
    """One row a metastatic lesion."""

    patient_id: Series[str] = patient_reference()
    lesion_id: Series[str] = lesion_reference()
    site: Series[str] = field(
        "Site",
        "部位",
        codes=("lung", "bone", "lymph_node", "thyroid_bed", "liver", "brain", "other"),
    )
    diameter_mm: Series[float] = field(
        "Longest diameter on CT or MRI", "最大径", unit="mm", gt=0, le=500, missing="not measurable"
    )
    structural: Series[pd.BooleanDtype] = field(
        "Seen on CT, MRI or ultrasound", "是否有结构性影像学表现", codes=YES_NO
    )

    class Config(Table.Config):
        name = "lesion"
        metadata = {"zh": "转移病灶:每个病灶一行", "key": ("patient_id", "lesion_id")}


class LesionUptake(Table):
    """Uptake of a lesion on the scan after a course of 131I."""

    patient_id: Series[str] = patient_reference()
    lesion_id: Series[str] = lesion_reference()
    course: Series[pd.Int64Dtype] = field("Number of the course", "疗程序号", ge=1, le=30)
    uptake: Series[str] = field(
        "131I uptake on the post-therapy scan",
        "治疗后显像摄碘情况",
        codes=("avid", "non_avid", "not_assessed"),
    )

    class Config(Table.Config):
        name = "lesion_uptake"
        metadata = {"zh": "病灶摄碘:每病灶每疗程一行", "key": ("patient_id", "lesion_id", "course")}


class Lab(Table):
    """Serum values, one row a sample."""

    patient_id: Series[str] = patient_reference()
    lab_day: Series[pd.Int64Dtype] = day("Day of sampling", "采血日")
    tsh_miu_per_l: Series[float] = field(
        "Thyrotropin", "促甲状腺激素(TSH)", unit="mIU/L", ge=0, le=1000, missing="not measured"
    )
    tg_ng_per_ml: Series[float] = field(
        "Thyroglobulin", "甲状腺球蛋白(Tg)", unit="ng/mL", ge=0, missing="not measured"
    )
    tgab_negative: Series[pd.BooleanDtype] = field(
        "Thyroglobulin antibody negative", "TgAb阴性", codes=YES_NO, missing="not measured"
    )

    class Config(Table.Config):
        name = "lab"
        metadata = {"zh": "实验室检查:每次采血一行", "key": ("patient_id", "lab_day")}


class ResponseAssessment(Table):
    """One row a tumour assessment (RECIST 1.1)."""

    patient_id: Series[str] = patient_reference()
    assessment_day: Series[pd.Int64Dtype] = day("Day of the assessment", "评估日")
    sum_target_diameters_mm: Series[float] = field(
        "Sum of the target lesions' diameters; 0 when all have disappeared",
        "靶病灶直径总和",
        unit="mm",
        ge=0,
        le=2000,
        missing="no target lesion measurable",
    )
    new_lesion: Series[pd.BooleanDtype] = field("New lesion", "新发病灶", codes=YES_NO)
    non_target_progression: Series[pd.BooleanDtype] = field(
        "Unequivocal progression of non-target lesions", "非靶病灶明确进展", codes=YES_NO
    )
    lesions_disappeared: Series[pd.BooleanDtype] = field(
        "No lesion left, target or other", "全部病灶消失", codes=YES_NO
    )

    class Config(Table.Config):
        name = "response_assessment"
        metadata = {
            "zh": "疗效评估(RECIST 1.1):每次评估一行",
            "key": ("patient_id", "assessment_day"),
        }


class FollowUp(Table):
    """How each patient was followed, one row a patient."""

    patient_id: Series[str] = patient_reference()
    rai_refractory_day: Series[pd.Int64Dtype] = day(
        "Day on which resistance to 131I was diagnosed", "碘难治诊断日", missing="not resistant"
    )
    study_entry_day: Series[pd.Int64Dtype] = day(
        "Day on which the study began to observe the patient (survival before it is not observed)",
        "进入研究观察日",
        missing="observed from day 0",
    )
    last_contact_day: Series[pd.Int64Dtype] = day(
        "Last day known alive, or day of death", "末次随访日"
    )
    vital_status: Series[str] = field(
        "Vital status at last contact", "末次随访生存状态", codes=("alive", "dead")
    )
    death_day: Series[pd.Int64Dtype] = day("Day of death", "死亡日", missing="alive")
    death_cause: Series[str] = field(
        "Cause of death", "死亡原因", codes=("thyroid_cancer", "other", "unknown"), missing="alive"
    )
    tki_start_day: Series[pd.Int64Dtype] = day(
        "Start of a tyrosine-kinase inhibitor", "TKI开始日", missing="none given"
    )

    class Config(Table.Config):
        name = "follow_up"
        metadata = {"zh": "随访:每位患者一行", "key": ("patient_id",)}


class PetScan(Table):
    """One row a PET/CT scan, with the place of its DICOM series and regions."""

    scan_id: Series[str] = field("Scan", "扫描编号", pattern=r"[A-Za-z0-9_-]+", unique=True)
    patient_id: Series[str] = patient_reference()
    tracer: Series[str] = field("Tracer", "示踪剂", codes=("18F-Trop2", "124I"))
    scan_day: Series[pd.Int64Dtype] = day("Day of the scan", "扫描日")
    tsh_level: Series[str] = field(
        "Scheduled TSH level of a 124I scan (low 30±10, high over 100 mIU/L)",
        "计划TSH水平",
        codes=("low", "high"),
        missing="not a 124I scan",
    )
    tsh_miu_per_l: Series[float] = field(
        "TSH at administration", "给药时TSH", unit="mIU/L", ge=0, le=1000, missing="not measured"
    )
    injected_activity_mbq: Series[float] = field(
        "Net injected activity by the study's own record; the DICOM header is used, this is checked "
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
        "Folder of the PET series, relative to the study's dicom folder",
        "PET序列文件夹(相对路径)",
    )
    region_file: Series[str] = field(
        "Region file (DICOM SEG, RTSTRUCT, NIfTI or NRRD), relative to the study's dicom folder",
        "勾画文件(相对路径)",
        missing="no region drawn: no lesion visible and none forced",
    )
    residual_series_dir: Series[str] = field(
        "Folder of a scan just before the second administration, for what is left of the first",
        "第二次给药前残留显像文件夹",
        missing="none was made",
    )

    class Config(Table.Config):
        name = "pet_scan"
        metadata = {"zh": "PET/CT扫描:每次扫描一行", "key": ("scan_id",)}


class InvestigatorClass(Table):
    """The investigator's own classification, kept beside the derived one."""

    patient_id: Series[str] = patient_reference()
    rai_response: Series[str] = field(
        "Response to 131I", "131I治疗反应", codes=("responder", "non_responder", "indeterminate")
    )
    progression: Series[str] = field(
        "Course of a non-responder's disease",
        "进展类型",
        codes=("rapid", "stable"),
        missing="responder, or not assessed",
    )

    class Config(Table.Config):
        name = "investigator_class"
        metadata = {"zh": "研究者分类:每位患者一行", "key": ("patient_id",)}


class MissingReason(Table):
    """Why a value is missing: one row an empty cell that needs a reason."""

    patient_id: Series[str] = patient_reference()
    table_name: Series[str] = field("Table of the empty cell", "表名")
    column_name: Series[str] = field("Column of the empty cell", "列名")
    reason: Series[str] = field(
        "Reason",
        "缺失原因",
        codes=("not_done", "not_assessable", "lost", "refused", "withheld", "other"),
    )

    class Config(Table.Config):
        name = "missing_reason"
        metadata = {"zh": "缺失原因", "key": ("patient_id", "table_name", "column_name")}


MODELS: dict[str, type[Table]] = {
    model.to_schema().name: model
    for model in (
        Patient,
        Pathology,
        IhcRead,
        RaiCourse,
        Lesion,
        LesionUptake,
        Lab,
        ResponseAssessment,
        FollowUp,
        PetScan,
        InvestigatorClass,
        MissingReason,
    )
}
REQUIRED_TABLES = ("patient", "pathology")
