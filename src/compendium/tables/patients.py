"""Tables with one row a patient, and the reasons why values are missing."""

import pandas as pd
from pandera.typing import Series

from compendium.studies import STUDIES
from compendium.tables.columns import (
    IDENTIFIER,
    Table,
    day,
    field,
    patient_reference,
    yes_no,
)


class Patient(Table):
    """One row a candidate, eligible or not."""

    patient_id: Series[str] = field("Pseudonym of the patient", "患者化名编号", pattern=IDENTIFIER)
    study: Series[str] = field(
        "Registered study: "
        + ", ".join(f"{study.code} is {study.record}" for study in STUDIES.values()),
        "所属注册研究",
        codes=tuple(STUDIES),
    )
    sex: Series[str] = field("Sex", "性别", codes=("female", "male", "other"))
    age_years: Series[float] = field(
        "Age on day 0", "第0天(甲状腺全切术日)年龄", unit="a", ge=0, le=120
    )
    total_thyroidectomy: Series[pd.BooleanDtype] = yes_no(
        "Total thyroidectomy done",
        "是否行甲状腺全切术",
        missing="not recorded; the inclusion is not shown to be met",
    )
    severe_comorbidity: Series[pd.BooleanDtype] = yes_no(
        "Other severe comorbidity",
        "是否合并其他严重疾病",
        missing="not recorded; the exclusion cannot be assessed",
    )
    follow_up_complete: Series[pd.BooleanDtype] = yes_no(
        "Clinical and follow-up data complete enough for the study",
        "临床及随访资料是否完整",
        missing="not recorded; the exclusion cannot be assessed",
    )
    distant_metastasis: Series[pd.BooleanDtype] = yes_no(
        "Distant metastasis confirmed by CT or other imaging",
        "影像学证实远处转移",
        missing="not assessed",
    )
    pregnant_or_lactating: Series[pd.BooleanDtype] = yes_no(
        "Pregnant or lactating (TSH124I)",
        "妊娠或哺乳期",
        missing="not applicable",
    )
    hepatic_or_renal_dysfunction: Series[pd.BooleanDtype] = yes_no(
        "Significant hepatic or renal dysfunction (TSH124I)",
        "严重肝肾功能异常",
        missing="not applicable",
    )
    tolerates_pet: Series[pd.BooleanDtype] = yes_no(
        "Able to lie flat and still and to tolerate PET (TSH124I)",
        "能平卧并耐受PET检查",
        missing="not applicable",
    )
    height_cm: Series[float] = field(
        "Height", "身高", unit="cm", ge=50, le=250, missing="not recorded"
    )
    weight_kg: Series[float] = field(
        "Body weight", "体重", unit="kg", ge=10, le=400, missing="not recorded"
    )
    patient_name: Series[str] | None = field(
        "Name; better left out",
        "姓名(建议不填)",
        missing="not kept",
        identifies=True,
        kept=False,
    )
    record_number: Series[str] | None = field(
        "Hospital record number; better left out",
        "病历号(建议不填)",
        missing="not kept",
        identifies=True,
        kept=False,
    )
    index_date: Series[str] | None = field(
        "Date of day 0, only needed where other columns hold dates",
        "第0天日期(仅在其他列填日期时需要)",
        missing="all other columns hold days",
        identifies=True,
        kept=False,
    )
    note: Series[str] | None = field(
        "Free text; never published", "备注(不会公开)", missing="no note", free_text=True
    )

    class Config(Table.Config):
        name = "patient"
        title = "患者:每位候选者一行,无论是否合格"
        unique = ("patient_id",)


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
            "ptc_microcarcinoma",
            "ptc_other",
            "ptc_unspecified",
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
        "Regional nodes, AJCC 8; N1 where a or b is not recorded",
        "N分期(AJCC第8版;未注明a或b者填 N1)",
        codes=("N0", "N1", "N1a", "N1b", "NX"),
        missing="not recorded",
    )
    m_stage: Series[str] = field(
        "Distant metastasis at diagnosis, AJCC 8",
        "M分期(AJCC第8版)",
        codes=("M0", "M1", "MX"),
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
    multifocal: Series[pd.BooleanDtype] = yes_no(
        "More than one focus in the thyroid", "多灶性", missing="not recorded"
    )
    vascular_invasion: Series[pd.BooleanDtype] = yes_no(
        "Vascular invasion", "血管侵犯", missing="not recorded"
    )
    braf_v600e: Series[str] = field(
        "BRAF V600E", "BRAF V600E 突变", codes=("mutant", "wild_type", "not_tested")
    )
    tert_promoter: Series[str] = field(
        "TERT promoter mutation", "TERT启动子突变", codes=("mutant", "wild_type", "not_tested")
    )

    class Config(Table.Config):
        name = "pathology"
        title = "术后病理与分子检测:每位患者一行"
        unique = ("patient_id",)


class FollowUp(Table):
    """How each patient was followed, one row a patient."""

    patient_id: Series[str] = patient_reference()
    rai_refractory_day: Series[pd.Int64Dtype] = day(
        "Day on which resistance to 131I was diagnosed", "碘难治诊断日", missing="not resistant"
    )
    study_entry_day: Series[pd.Int64Dtype] = day(
        "Day to which the patient had to live to be observed, such as that of the PET",
        "进入研究观察日(患者须存活至该日)",
        missing="found in the archive, or not observed beyond it",
    )
    ascertainment: Series[str] = field(
        "How the patient was found: archive, in the records, dead or alive; alive, for being alive "
        "on study_entry_day",
        "入组途径:archive=由病历检索(无论生死);alive=因存活就诊而入组",
        codes=("archive", "alive"),
        missing="not recorded; taken as the rule ascertainment says",
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
        title = "随访:每位患者一行"
        unique = ("patient_id",)


class InvestigatorClass(Table):
    """The investigator's own classification, kept beside the derived one."""

    patient_id: Series[str] = patient_reference()
    rai_response: Series[str] = field(
        "Response to 131I", "131I治疗反应", codes=("responder", "non_responder", "indeterminate")
    )
    progression: Series[str] = field(
        "Course of a non-responder's disease",
        "进展类型",
        codes=("rapid", "intermediate", "stable"),
        missing="responder, or not assessed",
    )

    class Config(Table.Config):
        name = "investigator_class"
        title = "研究者分类:每位患者一行"
        unique = ("patient_id",)


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
        title = "缺失原因"
        unique = ("patient_id", "table_name", "column_name")


class Covariate(Table):
    """Further variables for Table 1 that have no column of their own, one row a value."""

    patient_id: Series[str] = patient_reference()
    variable: Series[str] = field("Name of the variable", "变量名", pattern=r"[a-z][a-z0-9_]*")
    value: Series[str] = field(
        "Its value; a number, or a category as it is to be printed",
        "变量取值(数值或类别)",
        missing="not recorded",
    )

    class Config(Table.Config):
        name = "covariate"
        title = "其他变量:每位患者每个变量一行"
        unique = ("patient_id", "variable")
