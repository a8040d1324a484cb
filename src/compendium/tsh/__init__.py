"""TSH and 124I uptake: pairs of lesions, their ratio, avidity, carry-over and projected dose."""
