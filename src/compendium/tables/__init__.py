"""The form of a study's tables, in one place: meaning, unit, range, codes, missing, identity.

Validation, templates, the data dictionary and the disclosure gate are all made from these models.
Days are whole days since day 0, the day of the total thyroidectomy (of the first thyroid operation
where there was none). A date may be given in place of any day, in a column with `_date` for `_day`;
it is converted at loading by the patient's `index_date` and does not leave the loader.
"""

from compendium.tables.columns import (
    DTYPES,
    IDENTIFIER,
    YES_NO,
    Column,
    Kind,
    Table,
    chinese_title,
    columns_of,
    empty_table,
    key_of,
)
from compendium.tables.disease import (
    Lab,
    Lesion,
    LesionUptake,
    LocalTherapy,
    RaiCourse,
    ResponseAssessment,
)
from compendium.tables.measurements import IhcRead, LesionReading, PetScan
from compendium.tables.patients import (
    Covariate,
    FollowUp,
    InvestigatorClass,
    MissingReason,
    Pathology,
    Patient,
)

MODELS: dict[str, type[Table]] = {
    str(model.to_schema().name): model
    for model in (
        Patient,
        Pathology,
        IhcRead,
        RaiCourse,
        Lesion,
        LesionUptake,
        LocalTherapy,
        Lab,
        ResponseAssessment,
        FollowUp,
        PetScan,
        LesionReading,
        InvestigatorClass,
        MissingReason,
        Covariate,
    )
}
COLUMNS: dict[str, dict[str, Column]] = {name: columns_of(model) for name, model in MODELS.items()}
REQUIRED_TABLES = ("patient", "pathology")

__all__ = [
    "COLUMNS",
    "DTYPES",
    "IDENTIFIER",
    "MODELS",
    "REQUIRED_TABLES",
    "YES_NO",
    "Column",
    "Covariate",
    "FollowUp",
    "IhcRead",
    "InvestigatorClass",
    "Kind",
    "Lab",
    "Lesion",
    "LesionReading",
    "LesionUptake",
    "LocalTherapy",
    "MissingReason",
    "Pathology",
    "Patient",
    "PetScan",
    "RaiCourse",
    "ResponseAssessment",
    "Table",
    "chinese_title",
    "columns_of",
    "empty_table",
    "key_of",
]
