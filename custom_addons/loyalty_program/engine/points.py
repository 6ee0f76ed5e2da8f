"""Points as exact decimals, and which credits a debit consumes."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

#: All points are multiples of this.
UNIT = Decimal("0.01")
#: No single line may be larger; a typing error is, a plausible grant never.
LIMIT = Decimal(10) ** 9


def to_points(value, down=False):
    """Round a number to whole hundredths of a point: the one rounding rule.

    :param value: int, float, Decimal or text; floats are read as they are printed,
        so that 0.1 is one tenth
    :param down: round towards zero (what is earned) instead of half away from zero
    :return: Decimal with two decimals, never a negative zero
    :raise ValueError: for what is no number, not finite, or beyond ``LIMIT``
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not number.is_finite() or abs(number) > LIMIT:
        raise ValueError(f"out of range: {value!r}")
    if down:
        # binary noise such as 2.9999999999 is no reason to lose a hundredth
        number = number.quantize(Decimal("1e-8"), ROUND_HALF_UP)
    return number.quantize(UNIT, ROUND_DOWN if down else ROUND_HALF_UP) + 0


def allocate(lots, amount):
    """Spread an amount over lots in the order given.

    :param lots: iterable of ``(key, open)``, the best to take first
    :param amount: Decimal > 0
    :return: ``([(key, taken), …], rest)``; ``rest`` is what no lot could cover
    """
    taken = []
    for key, available in lots:
        if not amount:
            break
        share = min(available, amount)
        if share > 0:
            taken.append((key, share))
            amount -= share
    return taken, amount


def proportion(amount, share):
    """The part of an amount that belongs to a share between 0 and 1, rounded once.

    A share of 1 gives the amount itself, so that parts taken one after the other by
    their cumulated share always end at the whole.
    """
    return to_points(amount * Decimal(str(min(max(share, 0.0), 1.0))))
