from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

PLATFORMS = [
    ("google", "Google"),
    ("facebook", "Facebook"),
    ("instagram", "Instagram"),
    ("x", "X"),
    ("wechat", "WeChat"),
    ("weibo", "Weibo"),
    ("douyin", "Douyin"),
    ("xiaohongshu", "Xiaohongshu"),
    ("taobao", "Taobao"),
    ("trustpilot", "Trustpilot"),
    ("other", "Other"),
]
LONGEST_TEXT = 10_000
MOST_POSTS = 1_000


class FeedbackPost(models.Model):
    """What somebody wrote about us elsewhere: a post, a comment, a review.

    They come by import (CSV, XLSX) or by the JSON API, which calls ``submit``. The same
    post of a platform is kept once.
    """

    _name = "feedback.post"
    _description = "Post or Review"
    _order = "date desc, id desc"
    _rec_name = "author"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    platform = fields.Selection(PLATFORMS, required=True, default="other")
    kind = fields.Selection(
        [("post", "Post"), ("comment", "Comment"), ("review", "Review")],
        required=True,
        default="post",
    )
    external_id = fields.Char(
        string="Reference", help="The platform's own number of it: it is kept once."
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    author = fields.Char(help="As the platform names them.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        help="Who wrote it, if that is known.",
    )
    text = fields.Text(required=True)
    rating = fields.Integer(
        string="Stars", aggregator="avg", help="1 to 5; 0 if there are none."
    )
    url = fields.Char(string="Address")
    case_id = fields.Many2one(
        "feedback.case", readonly=True, copy=False, ondelete="set null"
    )
    erased_mark = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Digest of the reference of a post whose author was erased.",
    )

    _external_uniq = models.UniqueIndex(
        "(company_id, platform, external_id) WHERE external_id IS NOT NULL",
        "This post has been stored already.",
    )
    _rating_valid = models.Constraint(
        "CHECK (rating BETWEEN 0 AND 5)", "Stars are from 1 to 5; 0 is none."
    )

    @api.constrains("text", "url", "author", "external_id")
    def _check_texts(self):
        for post in self:
            if len(post.text or "") > LONGEST_TEXT:
                raise ValidationError(
                    self.env._(
                        "Please write at most %(count)s characters.", count=LONGEST_TEXT
                    )
                )
            short = (post.url, post.author, post.external_id)
            if any(len(text or "") > 1000 for text in short):
                raise ValidationError(
                    self.env._("Address, author and reference: at most 1,000 letters.")
                )
            if post.url and not post.url.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._("The address of a post begins with https://.")
                )

    @api.constrains("external_id", "platform", "company_id")
    def _check_not_erased(self):
        for post in self.filtered("external_id"):
            if post._was_erased(post.external_id):
                raise ValidationError(
                    self.env._(
                        "The post %(reference)s was erased on request: it is not stored"
                        " again.",
                        reference=post.external_id,
                    )
                )

    def _erasure_mark(self, reference):
        self.ensure_one()
        return self.env["feedback.erasure"]._mark(
            "post", self.company_id.id, self.platform, reference
        )

    def _was_erased(self, reference):
        """Whether a post with this reference was erased (bool)."""
        mark = self._erasure_mark(reference)
        return bool(self.sudo().search_count([("erased_mark", "=", mark)], limit=1))

    @api.model
    def submit(self, posts):
        """Store posts from outside; what is known already is left as it is.

        For programs: ``POST /json/2/feedback.post/submit`` with an API key of an agent.
        A post is ``{platform, text, date, external_id, kind, author, email,
        phone, rating, url}``; text and platform are required, ``email`` or ``phone``
        of exactly one contact makes it that customer's. Other keys are refused.

        :param posts: list of such, at most 1,000
        :return: ``{"created": ids, "known": ids, "erased": references}``; the last were
            stored once and erased since, and are not stored again
        :raise ValidationError: naming the first post that is not valid; nothing is
            stored then
        """
        self.browse().check_access("create")
        if not isinstance(posts, list) or len(posts) > MOST_POSTS:
            raise ValidationError(
                self.env._("Send a list of at most %(count)s posts.", count=MOST_POSTS)
            )
        created, known, erased = [], [], []
        for number, post in enumerate(posts, 1):
            values = self._read_post(number, post)
            found = self._find_known(values)
            reference = values.get("external_id")
            if found:
                known.append(found.id)
            elif reference and self.new(values)._was_erased(reference):
                erased.append(reference)
            else:
                created.append(self.create(values).id)
        return {"created": created, "known": known, "erased": erased}

    @api.model
    def _read_post(self, number, post):
        """:return: the values of a post that a program sent"""
        allowed = {
            "platform": str,
            "text": str,
            "date": str,
            "external_id": str,
            "kind": str,
            "author": str,
            "email": str,
            "phone": str,
            "rating": int,
            "url": str,
        }
        if not isinstance(post, dict) or not post.keys() <= allowed.keys():
            raise self._fault(number, self.env._("unknown or no fields"))
        values = {}
        for name, value in post.items():
            if type(value) is not allowed[name]:
                raise self._fault(number, name)
            if isinstance(value, str):
                value = value.encode("utf-8", "replace").decode().replace("\x00", "")
            values[name] = value
        for name in ("platform", "kind"):
            known = dict(self._fields[name].selection)
            if name in values and values[name] not in known:
                raise self._fault(number, name)
        if not values.get("platform") or not values.get("text", "").strip():
            raise self._fault(number, self.env._("platform and text are required"))
        if not 0 <= values.get("rating", 0) <= 5:
            raise self._fault(number, "rating")
        if "date" in values:
            values["date"] = self._read_date(number, values["date"])
        email, phone = values.pop("email", ""), values.pop("phone", "")
        return {**values, "partner_id": self._find_partner(email, phone).id}

    @api.model
    def _read_date(self, number, text):
        """:return: a moment in ISO 8601, which is UTC if it names no zone (datetime)"""
        try:
            moment = datetime.fromisoformat(text.strip())
            if moment.tzinfo:
                moment = moment.astimezone(timezone.utc)
        except (ValueError, OverflowError) as error:
            raise self._fault(number, "date") from error
        return moment.replace(tzinfo=None, microsecond=0)

    @api.model
    def _fault(self, number, what):
        return ValidationError(
            self.env._(
                "Post %(number)s is not valid: %(what)s.", number=number, what=what
            )
        )

    @api.model
    def _find_known(self, values):
        if not values.get("external_id"):
            return self.browse()
        return self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("platform", "=", values["platform"]),
                ("external_id", "=", values["external_id"]),
            ],
            limit=1,
        )

    @api.model
    def _find_partner(self, email, phone):
        """:return: the one contact with exactly this address or number, or none"""
        partners = self.env["res.partner"]
        companies = ("company_id", "in", (False, self.env.company.id))
        if address := email_normalize(email or ""):
            found = partners.search(
                [("email_normalized", "=", address), companies], limit=2
            )
            if len(found) == 1:
                return found
        number = phone and partners._phone_format(
            number=phone, country=self.env.company.country_id
        )
        if number:
            found = partners.search(
                [("phone_sanitized", "=", number), companies], limit=2
            )
            if len(found) == 1:
                return found
        return partners.browse()

    def action_open_case(self):
        """Open the case of this post, or begin one for its customer.

        :raise ValidationError: if nobody knows whose it is
        """
        self.ensure_one()
        if self.case_id:
            return self.case_id._get_records_action()
        if not self.partner_id:
            raise ValidationError(
                self.env._("Who wrote it? A case needs a customer who can be told.")
            )
        self.case_id = self.env["feedback.case"].create(
            {
                "name": " ".join(self.text.split())[:100],
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "channel": "review" if self.kind == "review" else "social",
                "description": self.text,
            }
        )
        return self.case_id._get_records_action()
