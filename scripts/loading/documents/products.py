"""Products of a history: found by name, or made by the ORM."""

from . import bulk

ROOT_CATEGORY = "Sales history"
BATCH = 200


def write_products(env, company, products, progress):
    """Find the products, make those that are missing.

    A product of the same name or internal reference is used when it behaves as a
    history needs it: nothing to deliver, nothing to invoice by itself.

    :param products: ``history.Product`` by key
    :return: records of ``product.product`` by key
    """
    categories = _Categories(env)
    found = _find(env, company, products)
    records, missing = {}, {}
    for key, product in products.items():
        category = categories.record(product.category)
        record = found.get((product.name, category.id)) or (
            not product.category and found.get(product.name)
        )
        if record:
            records[key] = record
        else:
            missing[key] = _values(env, company, product, category)
    keys = list(missing)
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        created = env["product.product"].create([missing[key] for key in batch])
        records |= dict(zip(batch, created, strict=True))
        progress.advance(len(batch))
    bulk.analyze(env["product.product"])
    return records


def _behaviour(env):
    """Fields on which the rows of an order line depend."""
    return {
        # history is delivered: with the Inventory app, goods would be shipped again
        "type": "service" if "stock.move" in env else "consu",
        # history is invoiced elsewhere: nothing to invoice until set as delivered
        "invoice_policy": "delivery",
        "uom_id": env.ref("uom.product_uom_unit").id,
    }


def _find(env, company, products):
    """Products that may serve, by (name, category id), name and internal reference."""
    names = [product.name for product in products.values()]
    domain = [(field, "=", value) for field, value in _behaviour(env).items()]
    domain += [("company_id", "in", (company.id, False))]
    domain += ["|", ("name", "in", names), ("default_code", "in", names)]
    found = {}
    for record in env["product.product"].search(domain, order="company_id, id"):
        found.setdefault((record.name, record.categ_id.id), record)
        found.setdefault(record.name, record)
        if record.default_code:
            found.setdefault(record.default_code, record)
    return found


def _values(env, company, product, category):
    return _behaviour(env) | {
        "name": product.name,
        "categ_id": category.id,
        "company_id": company.id,
        "list_price": float(product.price),
        "taxes_id": [],
        "supplier_taxes_id": [],
    }


class _Categories:
    """Product categories by path, made when first asked for."""

    def __init__(self, env):
        self._model = env["product.category"]
        self._records = {}

    def record(self, path):
        path = path or (ROOT_CATEGORY,)
        if path not in self._records:
            parent = self.record(path[:-1]).id if path[1:] else False
            values = {"name": path[-1], "parent_id": parent}
            domain = [(field, "=", value) for field, value in values.items()]
            found = self._model.search(domain, limit=1)
            self._records[path] = found or self._model.create(values)
        return self._records[path]
