Members and officers read which tier comes after the period, and what keeps the present one.
