Themes customers spoke ill of, and causes of cases, point to reasons of churn.
