Churn report with reasons – given by the customer, coded by staff or inferred from signs – and
lost revenue, by period, segment, product category and team; also as a sheet of the report.
