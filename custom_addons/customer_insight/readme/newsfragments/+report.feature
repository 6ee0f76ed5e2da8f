A spreadsheet report: summary with charts, segments, stages, trend, customers, and where the figures come from.
