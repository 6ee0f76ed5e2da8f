Comments in Chinese and English are read on the own server: themes with their sentences, tone, scores, open cases and revenue at risk; corrections are learned.
