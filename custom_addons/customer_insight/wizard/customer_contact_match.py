"""Which contacts of a file are there already."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import fields
from odoo.tools import SQL, email_normalize

from ..engine.contact_rows import name_key, phone_key


@dataclass
class Row:
    """A line of a file: its number, what it is and why, and its values."""

    line: int
    verdict: str
    reason: str
    values: dict
    partner: object
    gaps: list = field(default_factory=list)


class Known:
    """The contacts that the user may see and that rows of a file may be.

    Reference, e-mail, or phone and name say who somebody is; a name alone does not.

    :param values: list of the values of all rows
    """

    def __init__(self, env, values):
        self.env = env
        self._by = {key: defaultdict(list) for key in ("ref", "email", "phone", "name")}
        self._seen = {}
        for partner in self._candidates(values):
            for kind, key in self._keys(partner).items():
                self._by[kind][key].append(partner)

    def _candidates(self, values):
        """Contacts with a reference, e-mail, phone or name of the file."""
        found = defaultdict(set)
        for one in values:
            for kind, key in self._keys(one).items():
                found[kind].add(key)
        names = {one["name"].lower() for one in values}
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                r"""SELECT id FROM res_partner
                    WHERE ref = ANY(%(ref)s) OR email_normalized = ANY(%(email)s)
                       OR LOWER(name) = ANY(%(name)s)
                       OR RIGHT(REGEXP_REPLACE(phone, '\D', '', 'g'), 8)
                          = ANY(%(phone)s)""",
                ref=list(found["ref"]),
                email=list(found["email"]),
                phone=list(found["phone"]),
                name=list(names),
            )
        )
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("id", "in", [one for (one,) in rows])], order="id")

    def _keys(self, values):
        """:param values: dict, or a contact
        :return: ``{kind: key}`` of what is there
        """
        is_row = isinstance(values, dict)
        get = values.get if is_row else values.__getitem__
        keys = {
            "ref": get("ref"),
            "email": email_normalize(get("email") or "") or "",
            "phone": phone_key(get("phone")),
            "name": name_key(get("name")),
        }
        return {kind: key for kind, key in keys.items() if key}

    def judge(self, row):
        """Say what a row is, by the contacts and by the rows before it."""
        keys = self._keys(row.values)
        if earlier := self._earlier(row, keys):
            row.verdict = "twice"
            row.reason = self.env._("the same as line %s", earlier)
            return row
        strong, label = self._strong(keys)
        similar = [one for one in strong if self._keys(one).get("name") == keys["name"]]
        if len(similar) == 1 or (not similar and len(strong) == 1):
            return self._compare(row, (similar or strong)[0], label, bool(similar))
        for one in similar:
            if one.active and self._differences(row, one) == ([], []):
                row.verdict, row.partner = "same", one
                return row
        if strong:
            names = ", ".join(one.display_name for one in (similar or strong)[:3])
            row.verdict = "doubtful"
            row.reason = self.env._(
                "several contacts have this %(what)s: %(names)s",
                what=label,
                names=names,
            )
            row.partner = (similar or strong)[0]
            return row
        return self._by_name(row, keys)

    def _earlier(self, row, keys):
        """:return: number of an earlier line that is the same contact"""
        marks = [
            (kind, keys[kind], keys["name"])
            for kind in ("ref", "email", "phone")
            if kind in keys
        ]
        marks.append(tuple(sorted((k, str(v)) for k, v in row.values.items())))
        for mark in marks:
            if mark in self._seen:
                return self._seen[mark]
        self._seen.update(dict.fromkeys(marks, row.line))
        return None

    def _strong(self, keys):
        """:return: contacts that a key says it is, and the name of the key"""
        for kind, label in (
            ("ref", self.env._("reference")),
            ("email", self.env._("e-mail")),
        ):
            if found := self._by[kind].get(keys.get(kind)):
                return found, label
        same = [
            one
            for one in self._by["phone"].get(keys.get("phone"), ())
            if self._keys(one).get("name") == keys["name"]
        ]
        return same, self.env._("phone")

    def _by_name(self, row, keys):
        """A row that only shares its name with somebody."""
        for partner in self._by["name"].get(keys["name"], ()):
            gaps, differ = self._differences(row, partner)
            if not gaps and not differ:
                row.verdict, row.partner = "same", partner
                return row
            other = self._keys(partner)
            contradicts = any(
                keys.get(kind) and other.get(kind) and keys[kind] != other[kind]
                for kind in ("ref", "email", "phone")
            )
            if not contradicts:
                row.verdict = "doubtful"
                row.reason = self.env._(
                    "the same name as %s, and nothing that tells them apart",
                    partner.display_name,
                )
                row.partner = partner
        row.verdict = row.verdict or "new"
        return row

    def _compare(self, row, partner, label, same_name):
        row.partner = partner
        if not same_name:
            row.verdict = "doubtful"
            row.reason = self.env._(
                "%(name)s has the same %(what)s", name=partner.display_name, what=label
            )
            return row
        row.gaps, differ = self._differences(row, partner)
        if not partner.active and row.gaps:
            row.verdict = "doubtful"
            row.reason = self.env._("%s is archived", partner.display_name)
            return row
        row.verdict = "fill" if row.gaps else "same"
        parts = []
        if row.gaps:
            parts.append(self.env._("fills %s", self._names(row.gaps)))
        if differ:
            parts.append(self.env._("keeps another %s", self._names(differ)))
        row.reason = "; ".join(parts)
        return row

    def _differences(self, row, partner):
        """:return: fields that the contact lacks, and those that it has otherwise"""
        gaps, differ = [], []
        for name, value in row.values.items():
            mine = partner[name]
            if name == "country_id":
                mine = mine.id
            if not mine or (name == "comment" and mine == "<p><br></p>"):
                gaps.append(name)
            elif not self._is_same(name, mine, value):
                differ.append(name)
        return gaps, differ

    def _is_same(self, name, mine, value):
        if name == "phone":
            return phone_key(mine) == phone_key(value)
        if name == "email":
            return email_normalize(mine) == email_normalize(value)
        if name == "birthdate":
            return fields.Date.to_date(mine) == value
        if name == "country_id":
            return mine == value
        if name in ("comment", "website"):
            return str(value).casefold() in str(mine).casefold()
        return str(mine).strip().casefold() == str(value).casefold()

    def _names(self, names):
        known = self.env["res.partner"]._fields
        return ", ".join(known[name]._description_string(self.env) for name in names)
