"""A workbook as a hospital keeps it: two languages, titles, totals, 60 columns, one row a patient
on the first sheet with its courses side by side, and samples below each other on another."""

import datetime as dt
from pathlib import Path

import openpyxl

PATIENTS = 40
COURSES = (("首次", 60), ("第2次", 320), ("第三次", 600))
PEOPLE = [
    "病例号", "姓名", "性别 Sex", "年龄(岁)", "身高(m)", "体重(斤)", "手术日期", "甲状腺全切",
    "严重合并症", "资料完整", "远处转移", "病理类型", "T分期", "N分期", "M分期", "腺外侵犯",
    "肿瘤最大径(cm)", "多灶性", "脉管侵犯", "BRAF突变", "TERT启动子", "入组", "研究",
]  # fmt: skip
COURSE = ["碘治疗日期", "碘剂量(mCi)", "治疗时TSH", "治疗前Tg(ng/ml)", "治疗后Tg(ng/ml)"]
FOLLOW_UP = [
    "病例号",
    "碘难治日期",
    "末次随访日期",
    "生存状态",
    "死亡日期",
    "死亡原因",
    "TKI开始日期",
]
LAB = ["病例号", "采血日期", "TSH(μIU/mL)", "Tg(ng/mL)", "TgAb"]
STAIN = ["病例号", "蜡块号", "阅片者", "组织来源", "抗体克隆号", "阴性细胞比例", "弱阳性", "中阳性",
         "强阳性"]  # fmt: skip


def write_hospital(path: Path, patients: int = PATIENTS) -> Path:
    """The workbook; sums to 60 columns on four sheets, under pseudonyms with leading zeros."""
    book = openpyxl.Workbook()
    people = book.active
    people.title = "患者总表"
    header = PEOPLE + [first + name for first, _ in COURSES for name in COURSE]
    header = ["性别" if name == "性别 Sex" else name for name in header] + ["联系电话"]
    people.append(["碘治疗患者登记表 2024"])
    people.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    people.append(header)
    others = {name: book.create_sheet(name) for name in ("随访", "检验", "免疫组化")}
    others["随访"].append(FOLLOW_UP)
    others["检验"].append(LAB)
    others["免疫组化"].append(STAIN)
    for number in range(1, patients + 1):
        surgery = dt.date(2018, 1, 1) + dt.timedelta(number % 900)
        people.append(_person(number, surgery))
        people.cell(number + 2, 1).number_format = "0000"  # under title and header
        code = f"{number:04d}"
        for sheet, lines in _others(code, number, surgery).items():
            for line in lines:
                others[sheet].append(line)
    people.append([None] * 3)
    people.append(["合计", None, None, 46])
    people.append(["注:资料截至2024年12月"])
    book.save(path)
    return path


def _person(number: int, surgery: dt.date) -> list[object]:
    line = [
        number, "某某", "男" if number % 3 else "女", 30 + number % 40, 1.65, 120,
        surgery.isoformat() if number % 2 else surgery, "是", "无", "是", "有",
        ("PTC", "乳头状癌", "FTC", "高细胞型")[number % 4],
        ("T3a", "pT4a", "T2", "T1b")[number % 4],
        ("N1a", "N1b", "N0")[number % 3], "M1", "无", 2.5 if number % 4 != 3 else 1.5,
        "多灶" if number % 2 else "单灶", "否", ("阳性", "未做", "野生型")[number % 3], "N/A",
        "否" if number == PATIENTS else "是", "TROP2",
    ]  # fmt: skip
    for _, after in COURSES:
        day = surgery + dt.timedelta(after)
        line += [
            f"{day:%Y/%m/%d}",
            150,
            "＞100" if number % 5 == 0 else 65.5,
            9.5 + number / 10,
            "<0.04",
        ]
    return [*line, "13800000000"]


def _others(code: str, number: int, surgery: dt.date) -> dict[str, list[list[object]]]:
    last = surgery + dt.timedelta(2000)
    dead = number % 8 == 0
    tg = 3.2 + number / 10
    return {
        "随访": [[code, surgery + dt.timedelta(700), last, "死亡" if dead else "存活",
                last if dead else None, "甲状腺癌" if dead else None, None]],
        "检验": [[code, f"{surgery + dt.timedelta(days):%Y年%m月%d日}", 0.05, tg, "阴性"]
               for days in (800, 1100, 1400)],
        "免疫组化": [[code, "B1", reader, "原发", "SP295", 10, 20, 30, 40]
                 for reader in ("R1", "R2")],
    }  # fmt: skip
