"""Taking the pictures of all pages; one that fails does not stop the others."""

from .pages import CUSTOMER, PAGES


def take_all(session, folder, pages=PAGES):
    """Take a picture of each page.

    :param session: a logged-in :class:`~.session.Session`
    :param folder: where the pictures go (Path)
    :return: what went wrong, one line each: pages that did not get ready, and errors of
        pages that did
    """
    numbers = _numbers(session)
    faults = []
    for page in pages:
        target = folder / f"{page.name}.png"
        try:
            session.picture(page, page.path.format(**numbers), target)
        except Exception as error:  # whatever it is: the others are taken
            reason = str(error).strip().split("\n")[0]
            faults.append(f"{target}: no picture ({reason})")
        else:
            print(target, flush=True)
        faults += [f"{target}: {error}" for error in session.take_errors()]
    return faults


def _numbers(session):
    customer = session.search_one(
        "customer.profile", CUSTOMER, "partner_id", "rfm_segment_id"
    )
    return {
        "customer": customer["id"],
        "partner": customer["partner_id"][0],
        "segment": customer["rfm_segment_id"][0],
    }
