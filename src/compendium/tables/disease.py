"""Tables of treatment and disease over time: courses, lesions, serum values, assessments."""

import pandas as pd
from pandera.typing import Series

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
    tsh_miu_per_l: Series[float] = laboratory(
        "TSH at administration", "给药时TSH", unit="mIU/L", le=1000, missing="not recorded"
    )
    tsh_miu_per_l_sign: Series[str] | None = sign("TSH", "TSH")
    tg_pre_ng_per_ml: Series[float] = laboratory(
        "Thyroglobulin before the course", "治疗前Tg", unit="ng/mL", missing="not recorded"
    )
    tg_pre_ng_per_ml_sign: Series[str] | None = sign("Tg before the course", "治疗前Tg")
    tg_post_ng_per_ml: Series[float] = laboratory(
        "Thyroglobulin after the course", "治疗后Tg", unit="ng/mL", missing="not recorded"
    )
    tg_post_ng_per_ml_sign: Series[str] | None = sign("Tg after the course", "治疗后Tg")
    tg_post_day: Series[pd.Int64Dtype] | None = day(
        "Day of sampling of the Tg after the course", "治疗后Tg采血日", missing="not recorded"
    )
    tg_comparable: Series[pd.BooleanDtype] = yes_no(
        "Both Tg values at the same TSH state and by the same assay",
        "两次Tg的TSH状态与检测方法相同",
        missing="not recorded",
    )
    tgab_negative: Series[pd.BooleanDtype] = yes_no(
        "Thyroglobulin antibody negative at both",
        "两次TgAb均为阴性",
        missing="not recorded",
    )

    class Config(Table.Config):
        name = "rai_course"
        title = "131I治疗:每疗程一行"
        unique = ("patient_id", "course")


class Lesion(Table):
    """One row a metastatic lesion."""

    patient_id: Series[str] = patient_reference()
    lesion_id: Series[str] = lesion_reference()
    site: Series[str] = field(
        "Site; lymph_node is one of the neck, a distant node is other",
        "部位(lymph_node 为颈部淋巴结,远处淋巴结填 other)",
        codes=("lung", "bone", "lymph_node", "thyroid_bed", "liver", "brain", "other"),
    )
    diameter_mm: Series[float] = field(
        "Longest diameter on CT or MRI", "最大径", unit="mm", gt=0, le=500, missing="not measurable"
    )
    structural: Series[pd.BooleanDtype] = yes_no(
        "Seen on CT, MRI or ultrasound", "是否有结构性影像学表现"
    )

    class Config(Table.Config):
        name = "lesion"
        title = "转移病灶:每个病灶一行"
        unique = ("patient_id", "lesion_id")


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
        title = "病灶摄碘:每病灶每疗程一行"
        unique = ("patient_id", "lesion_id", "course")


class LocalTherapy(Table):
    """One row a local treatment of lesions after the thyroidectomy; none is no row."""

    patient_id: Series[str] = patient_reference()
    therapy_day: Series[pd.Int64Dtype] = day("Day of the treatment, or of its start", "治疗日")
    therapy: Series[str] = field(
        "Kind of local treatment",
        "局部治疗方式",
        codes=("surgery", "external_radiation", "ablation", "embolisation", "other"),
    )

    class Config(Table.Config):
        name = "local_therapy"
        title = "病灶局部治疗:每次治疗一行"
        unique = ("patient_id", "therapy_day", "therapy")


class Lab(Table):
    """Serum values, one row a sample."""

    patient_id: Series[str] = patient_reference()
    lab_day: Series[pd.Int64Dtype] = day("Day of sampling", "采血日")
    tsh_miu_per_l: Series[float] = laboratory(
        "Thyroid-stimulating hormone (TSH)",
        "促甲状腺激素(TSH)",
        unit="mIU/L",
        le=1000,
        missing="not measured",
    )
    tsh_miu_per_l_sign: Series[str] | None = sign("TSH", "TSH")
    tg_ng_per_ml: Series[float] = laboratory(
        "Thyroglobulin", "甲状腺球蛋白(Tg)", unit="ng/mL", missing="not measured"
    )
    tg_ng_per_ml_sign: Series[str] | None = sign("Tg", "Tg")
    tg_assay: Series[str] | None = field(
        "Assay of the thyroglobulin; values of two assays are not compared",
        "Tg检测方法(不同方法的结果不作比较)",
        pattern=IDENTIFIER,
        missing="one assay throughout",
    )
    tgab_negative: Series[pd.BooleanDtype] = yes_no(
        "Thyroglobulin antibody negative", "TgAb阴性", missing="not measured"
    )

    class Config(Table.Config):
        name = "lab"
        title = "实验室检查:每次采血一行"
        unique = ("patient_id", "lab_day")


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
    new_lesion: Series[pd.BooleanDtype] = yes_no("New lesion", "新发病灶")
    non_target_progression: Series[pd.BooleanDtype] = yes_no(
        "Unequivocal progression of non-target lesions", "非靶病灶明确进展"
    )
    lesions_disappeared: Series[pd.BooleanDtype] = yes_no(
        "No lesion left, target or other", "全部病灶消失"
    )

    class Config(Table.Config):
        name = "response_assessment"
        title = "疗效评估(RECIST 1.1):每次评估一行"
        unique = ("patient_id", "assessment_day")
