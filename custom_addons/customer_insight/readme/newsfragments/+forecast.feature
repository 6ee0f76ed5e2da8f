Forecasts: churn risk, expected purchases and value of each customer, and a page that marks them on the company's own past beside two simple rules.
