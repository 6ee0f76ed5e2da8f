Points and coupons as compensation of a case.
