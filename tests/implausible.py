"""Implausible edits of a sound study, each with how it has to end: refused, or told of."""

import datetime as dt
from collections.abc import Callable
from typing import Literal

import pandas as pd

Edited = dict[str, pd.DataFrame]
Edit = Callable[[Edited], None]
Outcome = Literal["refused", "told"]


def put(table: str, column: str, value: object, *, where: str | None = None) -> Edit:
    """Give the first filled cell of a column a value; a callable changes the one that is there.

    Args:
        where: a query that the row has to fulfil.
    """

    def edit(tables: Edited) -> None:
        cells = tables[table]
        rows = cells.query(where, engine="python") if where else cells
        row = rows.index[rows[column].notna()][0]
        new = value(cells.at[row, column]) if callable(value) else value
        if isinstance(new, float) and not new.is_integer() and cells[column].dtype == "Int64":
            raise AssertionError(column)
        tables[table].loc[row, column] = new

    return edit


def times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


def whole(table: str, column: str, factor: float) -> Edit:
    def edit(tables: Edited) -> None:
        tables[table][column] = tables[table][column] * factor

    return edit


def shifted(table: str, column: str, days: int) -> Edit:
    def edit(tables: Edited) -> None:
        tables[table][column] = tables[table][column] + days

    return edit


def exchanged(table: str, one: str, other: str) -> Edit:
    """The names of two columns exchanged: their cells in all rows."""

    def edit(tables: Edited) -> None:
        cells = tables[table]
        cells[one], cells[other] = cells[other].copy(), cells[one].copy()

    return edit


def half_lost(table: str) -> Edit:
    """A file cut off: the rows of the second half of its patients are gone."""

    def edit(tables: Edited) -> None:
        patients = tables[table]["patient_id"].unique()
        kept = set(patients[: len(patients) // 2])
        tables[table] = tables[table][tables[table]["patient_id"].isin(kept)]

    return edit


def emptied(table: str) -> Edit:
    def edit(tables: Edited) -> None:
        tables[table] = tables[table].iloc[:0]

    return edit


def refractory_before(column: str) -> Edit:
    def edit(tables: Edited) -> None:
        own = tables["follow_up"]
        row = own.index[own["rai_refractory_day"].notna()][0]
        own.loc[row, column] = own.at[row, "rai_refractory_day"] - 1

    return edit


def treated(tables: Edited) -> str:
    """A patient of TROP2 with courses of 131I, samples and assessments."""
    own = tables["rai_course"].dropna(subset=["tg_pre_ng_per_ml", "tg_post_ng_per_ml"])
    return str(own["patient_id"].iloc[0])


def patient_twice(tables: Edited) -> None:
    patient = treated(tables)
    for name, table in tables.items():
        if "patient_id" in table:
            again = table[table["patient_id"] == patient].assign(patient_id="X999")
            tables[name] = pd.concat([table, again], ignore_index=True)


def person_twice(tables: Edited) -> None:
    """The same person entered twice from the pathology alone, on one day of surgery."""
    tables["patient"]["index_date"] = [
        dt.date(2010, 1, 1) + dt.timedelta(n) for n in range(len(tables["patient"]))
    ]
    patient = treated(tables)
    for name in ("patient", "pathology"):
        table = tables[name]
        again = table[table["patient_id"] == patient].assign(patient_id="X999")
        tables[name] = pd.concat([table, again], ignore_index=True)


def tg_exchanged(tables: Edited) -> None:
    own = tables["rai_course"].sort_values(["patient_id", "course"])
    earlier = own.groupby("patient_id")["tg_post_ng_per_ml"].shift()
    own["tg_pre_ng_per_ml"] = earlier.fillna(own["tg_pre_ng_per_ml"])
    pre, post = own["tg_pre_ng_per_ml"].copy(), own["tg_post_ng_per_ml"].copy()
    own["tg_pre_ng_per_ml"], own["tg_post_ng_per_ml"] = post, pre
    tables["rai_course"] = own


def stage(size_mm: float, t: str, extension: str = "none") -> Edit:
    def edit(tables: Edited) -> None:
        row = tables["pathology"].index[0]
        names = ["t_stage", "tumour_diameter_mm", "extrathyroidal_extension"]
        tables["pathology"].loc[row, names] = [t, size_mm, extension]

    return edit


def of_patient(table: str, column: str, value: object, site: str | None = None) -> Edit:
    """Change a column of a treated patient, or of one with a lesion at a site."""

    def edit(tables: Edited) -> None:
        lesions = tables["lesion"]
        patient = treated(tables)
        if site is not None:
            patient = lesions.loc[lesions["site"] == site, "patient_id"].iloc[0]
        own = tables[table]
        own.loc[own["patient_id"] == patient, column] = value

    return edit


def m1_without_metastasis(tables: Edited) -> None:
    people, lesions = tables["patient"], tables["lesion"]
    distant = set(lesions.loc[~lesions["site"].isin(["lymph_node", "thyroid_bed"]), "patient_id"])
    free = people.loc[~people["patient_id"].isin(distant), "patient_id"]
    own = tables["pathology"]
    own.loc[own["patient_id"] == free.iloc[0], "m_stage"] = "M1"
    people.loc[people["patient_id"] == free.iloc[0], "distant_metastasis"] = False


def a_sum(factor: float, *, first: bool = False) -> Edit:
    """One sum of diameters of a patient with at least five assessments."""

    def edit(tables: Edited) -> None:
        own = tables["response_assessment"]
        large = own[own["sum_target_diameters_mm"] > 20].groupby("patient_id")
        rows = next(rows for _, rows in large if len(rows) > 4)
        row = rows.index[0 if first else 2]
        own.loc[row, "sum_target_diameters_mm"] *= factor

    return edit


def sums_of_one_patient(factor: float) -> Edit:
    def edit(tables: Edited) -> None:
        own = tables["response_assessment"]
        rows = (
            own["patient_id"] == own.loc[own["sum_target_diameters_mm"] > 20, "patient_id"].iloc[0]
        )
        own.loc[rows, "sum_target_diameters_mm"] *= factor

    return edit


def large_lesion_in_cm(tables: Edited) -> None:
    """A lesion of 35 mm typed as 3.5, within the range of mm: only the sum of diameters tells."""
    lesions, sums = tables["lesion"], tables["response_assessment"]
    first = sums[sums["sum_target_diameters_mm"] > 0].drop_duplicates("patient_id")
    known = first.set_index("patient_id")["sum_target_diameters_mm"]
    total = lesions.groupby("patient_id")["diameter_mm"].transform("sum")
    near = (total - lesions["patient_id"].map(known)).abs() < 0.02 * total
    rows = lesions[near & (lesions["diameter_mm"] > 32) & (lesions["diameter_mm"] > 0.4 * total)]
    lesions.loc[rows.index[0], "diameter_mm"] = rows["diameter_mm"].iloc[0] / 10


def index_dates(first: dt.date) -> Edit:
    def edit(tables: Edited) -> None:
        tables["patient"]["index_date"] = first

    return edit


def administered(when: str, *, dated: bool) -> Edit:
    def edit(tables: Edited) -> None:
        if dated:
            tables["patient"]["index_date"] = dt.date(2015, 1, 1)
        tables["pet_scan"].loc[tables["pet_scan"].index[0], "administered_at"] = when

    return edit


def lesion_twice(tables: Edited) -> None:
    again = tables["lesion"].dropna(subset="diameter_mm").iloc[[0]].assign(lesion_id="L99")
    tables["lesion"] = pd.concat([tables["lesion"], again], ignore_index=True)


def lesion_twice_with_its_uptake(tables: Edited) -> None:
    lesions = tables["lesion"].dropna(subset="diameter_mm")
    lesions = lesions[lesions["diameter_mm"] % 1 != 0]
    one = lesions.iloc[0]
    uptake = tables["lesion_uptake"]
    own = uptake[
        (uptake["patient_id"] == one["patient_id"]) & (uptake["lesion_id"] == one["lesion_id"])
    ]
    again = lesions.iloc[[0]].assign(lesion_id="L99")
    tables["lesion"] = pd.concat([tables["lesion"], again], ignore_index=True)
    tables["lesion_uptake"] = pd.concat([uptake, own.assign(lesion_id="L99")], ignore_index=True)


def two_equal_nodules(tables: Edited) -> None:
    """Two lesions of the lung of 8 mm, both judged: common, and no more than told."""
    lesions, uptake = tables["lesion"], tables["lesion_uptake"]
    judged = uptake.drop_duplicates(["patient_id", "lesion_id"])["patient_id"].value_counts()
    in_lung = lesions[(lesions["site"] == "lung") & lesions["structural"]]
    pairs = in_lung.groupby("patient_id").filter(lambda rows: len(rows) > 1)
    patient = next(p for p in pairs["patient_id"] if judged.get(p, 0) > 1)
    rows = pairs[pairs["patient_id"] == patient].index[:2]
    lesions.loc[rows, "diameter_mm"] = 8.0
    sums = tables["response_assessment"]
    tables["response_assessment"] = sums[sums["patient_id"] != patient]


def tsh_levels_exchanged(tables: Edited) -> None:
    scans = tables["pet_scan"]
    counts = scans.dropna(subset="tsh_level").groupby("patient_id")["tsh_level"].nunique()
    own = scans["patient_id"] == counts.index[counts == 2][0]
    scans.loc[own, "tsh_level"] = scans.loc[own, "tsh_level"].map({"low": "high", "high": "low"})


def study_flipped(tables: Edited) -> None:
    """A patient of TROP2 without a PET called one of TSH124I."""
    people = tables["patient"]
    own = (people["study"] == "TROP2") & ~people["patient_id"].isin(
        tables["pet_scan"]["patient_id"]
    )
    people.loc[people.index[own][0], "study"] = "TSH124I"


def labs_of_two_exchanged(tables: Edited) -> None:
    lab, ends = tables["lab"], tables["follow_up"].set_index("patient_id")["last_contact_day"]
    last = lab.groupby("patient_id")["lab_day"].max()
    short, long = ends.reindex(last.index).idxmin(), last.idxmax()
    lab["patient_id"] = lab["patient_id"].replace({short: long, long: short})


def dead_again(tables: Edited) -> None:
    own = tables["follow_up"]
    row = own.index[own["vital_status"] == "dead"][0]
    own.loc[row, ["death_day", "last_contact_day"]] = 5


def readers_copied(tables: Edited) -> None:
    reads = tables["ihc_read"]
    one = reads[reads["reader_id"] == "reader_a"].set_index(["patient_id", "block_id"])
    names = ["pct_0", "pct_1", "pct_2", "pct_3", "pct_membranous"]
    other = reads["reader_id"] == "reader_b"
    keys = pd.MultiIndex.from_frame(reads.loc[other, ["patient_id", "block_id"]])
    reads.loc[other, names] = one.reindex(keys)[names].to_numpy()


def readers_merged(tables: Edited) -> None:
    tables["ihc_read"]["reader_id"] = "reader_a"


def course_shift(tables: Edited) -> None:
    """Courses after all assessments of their patient."""
    tables["rai_course"]["course_day"] += 4000


def repeated(table: str, **cells: object) -> Edit:
    def edit(tables: Edited) -> None:
        again = tables[table].iloc[[0]].assign(**cells)
        tables[table] = pd.concat([tables[table], again], ignore_index=True)

    return edit


def progression_of_a_responder(tables: Edited) -> None:
    own = tables["investigator_class"]
    own.loc[own.index[own["rai_response"] == "responder"][0], "progression"] = "rapid"


def sizes_exchanged(tables: Edited) -> None:
    people = tables["patient"]
    row = people.index[0]
    people.loc[row, ["height_cm", "weight_kg"]] = people.loc[
        row, ["weight_kg", "height_cm"]
    ].to_numpy()


def pregnant_man(tables: Edited) -> None:
    people = tables["patient"]
    people.loc[people.index[people["sex"] == "male"][0], "pregnant_or_lactating"] = True


def sample_near_a_course(factor: float) -> Edit:
    """TSH of samples taken on the days of courses, in all of them another unit."""

    def edit(tables: Edited) -> None:
        courses = tables["rai_course"].dropna(subset=["course_day", "tsh_miu_per_l"]).iloc[:20]
        lab = tables["lab"]
        new = pd.DataFrame(
            {
                "patient_id": courses["patient_id"],
                "lab_day": courses["course_day"],
                "tsh_miu_per_l": courses["tsh_miu_per_l"] * factor,
            }
        ).astype({"lab_day": lab["lab_day"].dtype})
        tables["lab"] = pd.concat([lab, new], ignore_index=True)

    return edit


def later_lost(table: str, day: str) -> Edit:
    """A file whose later rows of each patient are gone."""

    def edit(tables: Edited) -> None:
        own = tables[table].sort_values(["patient_id", day])
        order = own.groupby("patient_id").cumcount()
        size = own.groupby("patient_id")["patient_id"].transform("size")
        tables[table] = own[order < size // 3 + 1]

    return edit


def reads_copied(tables: Edited) -> None:
    reads = tables["ihc_read"]
    counts = reads["patient_id"].value_counts()
    one, other = counts.index[counts > 1][:2]
    again = reads[reads["patient_id"] == one].assign(patient_id=other)
    tables["ihc_read"] = pd.concat([reads[reads["patient_id"] != other], again], ignore_index=True)


def first_reads_lost(tables: Edited) -> None:
    reads = tables["ihc_read"]
    patients = reads["patient_id"].unique()
    tables["ihc_read"] = reads[reads["patient_id"].isin(patients[len(patients) // 2 :])]


REFUSED: list[tuple[str, Edit, str]] = [
    # people
    ("age 119", put("patient", "age_years", 119.0), "age_years is 119"),
    ("age 2", put("patient", "age_years", 2.0), "age_years is 2; in months"),
    ("age in months", whole("patient", "age_years", 12.0), "age_years is"),
    ("age -1", put("patient", "age_years", -1.0), "age_years is '-1.0'"),
    ("height in inches", whole("patient", "height_cm", 1 / 2.54), "body-mass index"),
    ("height in m", whole("patient", "height_cm", 0.01), "height_cm is"),
    ("weight in jin", whole("patient", "weight_kg", 2.0), "body-mass index"),
    ("weight in lb", whole("patient", "weight_kg", 2.2), "body-mass index"),
    ("pregnant man", pregnant_man, "a man is pregnant"),
    ("131I without thyroidectomy", of_patient("patient", "total_thyroidectomy", False),
     "total_thyroidectomy is no"),
    ("bone without metastasis", of_patient("patient", "distant_metastasis", False, "bone"),
     "distant_metastasis is no, but"),
    ("M1 without metastasis", m1_without_metastasis, "distant_metastasis is no, m_stage M1"),
    ("patient twice", patient_twice, "have the same"),
    ("person twice", person_twice, "have the same day 0, age, sex, T and N"),
    ("study of a patient flipped", study_flipped, "is a patient of study TSH124I and has rows in"),
    # thyroglobulin and TSH
    ("Tg before in ug/mL", put("rai_course", "tg_pre_ng_per_ml", times(0.001)), "Tg is"),
    ("Tg after x1000", put("rai_course", "tg_post_ng_per_ml", times(1000)), "Tg is"),
    ("Tg 1e9", put("lab", "tg_ng_per_ml", 1e9), "in ng/L it would be 1e+06"),
    ("Tg of one sample x1000", put("lab", "tg_ng_per_ml", times(1000)), "in the samples beside it"),
    ("Tg of one sample /1000", put("lab", "tg_ng_per_ml", times(0.001)), "in the samples beside"),
    ("Tg of lab x1000", whole("lab", "tg_ng_per_ml", 1000), "times the patients' Tg"),
    ("Tg of lab /1000", whole("lab", "tg_ng_per_ml", 0.001), "median of the whole column"),
    ("Tg of courses x1000", whole("rai_course", "tg_pre_ng_per_ml", 1000), "median of the whole"),
    ("Tg after x10", whole("rai_course", "tg_post_ng_per_ml", 10), "times the Tg before 131I"),
    ("Tg before /10", whole("rai_course", "tg_pre_ng_per_ml", 0.1), "times the Tg before 131I"),
    ("Tg exchanged", tg_exchanged, "times the Tg before a course is that after the next"),
    ("TSH of one sample x1000", put("lab", "tsh_miu_per_l", times(1000)), "with no course or scan"),
    ("TSH of one sample 250", put("lab", "tsh_miu_per_l", 250.0), "with no course or scan near it"),
    ("TSH of one sample /1000", put("lab", "tsh_miu_per_l", times(0.001)), "no assay measures so"),
    ("TSH of lab x1000", whole("lab", "tsh_miu_per_l", 1000), "tsh_miu_per_l"),
    ("TSH of samples beside courses /10", sample_near_a_course(0.1), "at the course of 131I"),
    ("TSH at courses / 10", whole("rai_course", "tsh_miu_per_l", 0.1), "median of the whole col"),
    ("TSH at one course /1000", put("rai_course", "tsh_miu_per_l", times(0.001)), "under hormone"),
    ("TSH at scans / 10", whole("pet_scan", "tsh_miu_per_l", 0.1), "median of the whole column"),
    ("TSH at a low scan 999", put("pet_scan", "tsh_miu_per_l", 999.0, where="tsh_level == 'low'"),
     "at the high level and"),
    ("TSH levels of a patient exchanged", tsh_levels_exchanged, "at the high level and"),
    # activity
    ("30 GBq", put("rai_course", "activity_gbq", 30.0), "in mCi it would be 1.11 GBq"),
    ("100 mCi as GBq", put("rai_course", "activity_gbq", 100.0), "activity_gbq is"),
    ("3700 MBq as GBq", put("rai_course", "activity_gbq", 3700.0), "activity_gbq is"),
    ("courses in mCi", whole("rai_course", "activity_gbq", 1 / 0.037), "median of the whole"),
    ("courses in Ci", whole("rai_course", "activity_gbq", 0.027), "in mCi it would be"),
    ("injected in mCi", whole("pet_scan", "injected_activity_mbq", 1 / 37), "in mCi it would be"),
    ("injected x10", whole("pet_scan", "injected_activity_mbq", 10), "injected_activity_mbq"),
    ("one injected in GBq", put("pet_scan", "injected_activity_mbq", times(0.001)), "in mCi it"),
    ("resolution in cm", whole("pet_scan", "fwhm_mm", 0.1), "median of the whole column"),
    # sizes
    ("lesions in cm", whole("lesion", "diameter_mm", 0.1), "median of the whole column"),
    ("lesions x10", whole("lesion", "diameter_mm", 10.0), "median of the whole column"),
    ("one lesion in cm", put("lesion", "diameter_mm", 1.8), "in cm it would be 18 mm"),
    ("one large lesion in cm", large_lesion_in_cm, "they would be near the first sum"),
    ("tumours in cm", whole("pathology", "tumour_diameter_mm", 0.1), "median of the whole"),
    ("tumours x10", whole("pathology", "tumour_diameter_mm", 10.0), "median of the whole"),
    ("one tumour in cm", put("pathology", "tumour_diameter_mm", 1.4), "in cm it would be 14 mm"),
    ("T2 of 2.4", stage(2.4, "T2"), "in cm it would be 24 mm"),
    ("T3 of 5", stage(5.0, "T3"), "in cm it would be 50 mm"),
    ("sum in cm", a_sum(0.1), "that of the assessment beside it"),
    ("sum x10", a_sum(10), "that of the assessment beside it"),
    ("first sum x10", a_sum(10, first=True), "the sum is"),
    ("sums of one patient in cm", sums_of_one_patient(0.1), "the first sum is"),
    ("sums of one patient x10", sums_of_one_patient(10), "the first sum is"),
    ("sums in cm", whole("response_assessment", "sum_target_diameters_mm", 0.1), "the median of"),
    ("sum 0", put("response_assessment", "sum_target_diameters_mm", 0.0), "the sum is 0"),
    ("lesion twice", lesion_twice, "L99 has the site and the diameter"),
    ("lesion twice with its uptake", lesion_twice_with_its_uptake, "L99 has the site and the diam"),
    # pathology
    ("T1 of 60 mm", stage(60, "T1"), "t_stage is T1, tumour_diameter_mm 60"),
    ("T1 of 30 mm", stage(30, "T1"), "t_stage is T1, tumour_diameter_mm 30"),
    ("T2 of 45 mm", stage(45, "T2"), "t_stage is T2, tumour_diameter_mm 45"),
    ("T1 with gross extension", stage(10, "T1", "gross"), "extrathyroidal_extension gross"),
    ("histology atc", of_patient("pathology", "histology", "atc"), "and 131I was given"),
    ("microcarcinoma of 24 mm", put("pathology", "histology", "ptc_microcarcinoma",
     where="tumour_diameter_mm > 20"), "histology is ptc_microcarcinoma"),
    # staining
    ("pct 300", put("ihc_read", "pct_3", 300.0), "pct_3"),
    ("pct as shares", lambda t: [whole("ihc_read", f"pct_{k}", 0.01)(t) for k in range(4)],
     "pct_0 + pct_1"),
    ("pct_1 and pct_3 exchanged", exchanged("ihc_read", "pct_1", "pct_3"), "rise to one peak"),
    ("pct_0 and pct_2 exchanged", exchanged("ihc_read", "pct_0", "pct_2"), "rise to one peak"),
    ("pct_2 and pct_3 exchanged", exchanged("ihc_read", "pct_2", "pct_3"), "rise to one peak"),
    ("pct_0 and pct_1 exchanged", exchanged("ihc_read", "pct_0", "pct_1"), "rise to one peak"),
    ("pct in the reverse order", lambda t: (exchanged("ihc_read", "pct_0", "pct_3")(t),
     exchanged("ihc_read", "pct_1", "pct_2")(t)), "pct_membranous is"),
    ("two readers under one name", readers_merged, "is there already"),
    ("half of reads lost", first_reads_lost, "have no row in ihc_read"),
    # days
    ("course before surgery", put("rai_course", "course_day", -400), "before the surgery"),
    ("course years before", put("rai_course", "course_day", -4000), "long before the surgery"),
    ("courses after all else", course_shift, "after the"),
    ("course number not given", put("lesion_uptake", "course", 9), "has no course 9"),
    ("sample before birth", put("lab", "lab_day", -36000), "before birth"),
    ("samples of two exchanged", labs_of_two_exchanged, "after the"),
    ("sample twice", repeated("lab", tg_ng_per_ml=1.5), "is there already"),
    ("PET before surgery", put("pet_scan", "scan_day", -5), "before the surgery"),
    ("PET before birth", put("pet_scan", "scan_day", -36000), "before birth"),
    ("PET before resistance", put("pet_scan", "scan_day", 1), "rai_refractory_day is"),
    ("given in 1920", administered("1920-01-01T10:00:00", dated=True), "not within a week"),
    ("given in 1920, days", administered("1920-01-01T10:00:00", dated=False), "before there"),
    ("given after the freeze", administered("2031-01-01T10:00:00", dated=False), "data freeze"),
    ("death before the last visit", put("follow_up", "death_day", 100), "death day"),
    ("death on day 5", dead_again, "after the death on day 5"),
    ("last contact in 40 years", put("follow_up", "last_contact_day", 14600), "all else known"),
    ("all contacts + 10 years", shifted("follow_up", "last_contact_day", 3650), "after all else"),
    ("resistance beyond age", put("follow_up", "rai_refractory_day", 36000), "105 or more"),
    ("TKI on day 0", put("follow_up", "tki_start_day", 0, where="rai_refractory_day > 0"), "tki"),
    ("TKI before resistance", refractory_before("tki_start_day"), ", rai_refractory_day"),
    ("entry before resistance", refractory_before("study_entry_day"), ", rai_refractory_day"),
    ("entry before surgery", put("follow_up", "study_entry_day", -3), "before the surgery"),
    ("surgery after the freeze", index_dates(dt.date(2106, 5, 2)), "after the data freeze"),
    ("history after the freeze", index_dates(dt.date(2025, 1, 1)), "after the data freeze"),
    ("progression of a responder", progression_of_a_responder, "who is responder"),
    # tables
    *((f"half of {name} lost", half_lost(name), f"have no row in {name}") for name in (
        "pathology", "rai_course", "lesion", "lesion_uptake", "lab", "response_assessment",
        "follow_up")),
    ("half of the patients lost", half_lost("patient"), "there is no patient"),
]  # fmt: skip

TOLD_OF: list[tuple[str, Edit, str]] = [
    ("height and weight exchanged", sizes_exchanged, "is a body-mass index of"),
    ("metastasis after M0", of_patient("pathology", "m_stage", "M0", "bone"), "M0 at diagnosis"),
    ("T3 of 12 mm", stage(12, "T3", "microscopic"), "a stage above that of diameter"),
    ("two nodules of 8 mm", two_equal_nodules, "has the site and the diameter of"),
    ("no assessments", emptied("response_assessment"), "have no row in response_assessment"),
    ("a lesion of 160 mm", put("lesion", "diameter_mm", 160.0), "times the first sum of diam"),
    ("7.4 GBq as 0.74", put("rai_course", "activity_gbq", 0.74), "a course of under 1 GBq in 1"),
    ("later assessments lost", later_lost("response_assessment", "assessment_day"),
     "no assessment in the second half of the follow-up"),
    ("reads of one patient copied to another", reads_copied, "the same reads as of another"),
    ("no follow-up", emptied("follow_up"), "there is no row in follow_up"),
]  # fmt: skip
