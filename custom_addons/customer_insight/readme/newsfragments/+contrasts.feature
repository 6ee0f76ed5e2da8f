Segments are compared by the share of lines bought at a discount, too. The journey map has room for satisfaction, which the feedback add-on fills.
