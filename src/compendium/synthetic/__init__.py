"""The synthetic study: a known truth, written in the same form as a real study."""

from compendium.synthetic.trop2 import draw_trop2_patients, draw_trop2_study
from compendium.synthetic.truth import TRUTHS, Truth
from compendium.synthetic.tsh import draw_lesion_pairs

__all__ = [
    "TRUTHS",
    "Truth",
    "draw_lesion_pairs",
    "draw_trop2_patients",
    "draw_trop2_study",
]
