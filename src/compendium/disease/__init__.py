"""How disease behaves: RECIST, growth, response to radioiodine, progression."""
