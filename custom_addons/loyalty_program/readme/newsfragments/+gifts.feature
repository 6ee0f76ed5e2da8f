Rewards can be limited to a number of pieces; members claim them as coupons or as gifts that staff hands out from a list.
