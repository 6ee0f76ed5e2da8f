import os
import random
from urllib.parse import quote

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_pages import PageCase

#: `make bench` sends ten thousand.
_REQUESTS = int(os.environ.get("FEEDBACK_FUZZ_REQUESTS", "1000"))
_SEED = 20251125
_STRANGE = (
    "",
    "0",
    "-1",
    "11",
    "99999999999999999999",
    "1e9",
    "NaN",
    "None",
    "true",
    "[]",
    "{}",
    "../../etc/passwd",
    "..%2f..%2f",
    "%00",
    "\x00",
    "\ud7ff",
    "😀" * 50,
    "\u202etxt.exe",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "a" * 30_000,
    "１２",
)
_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain",
    "application/xml",
    "",
)
_WATCHED = (
    "survey.user_input",
    "survey.user_input.line",
    "feedback.answer",
    "feedback.case",
    "feedback.request",
    "feedback.post",
    "res.partner",
    "ir.attachment",
)


@tagged("post_install", "-at_install")
class TestFuzz(PageCase):
    """FS-29: whatever is sent to the public pages, they answer and store nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(_SEED)
        cls.env["ir.config_parameter"].set_param(
            "feedback_survey.posts_per_minute", "100000"
        )

    def _state(self):
        """What is stored, counted, and what could have been changed."""
        self.env.flush_all()
        self.env.invalidate_all()
        counts = {name: self.env[name].search_count([]) for name in _WATCHED}
        self.env.cr.execute(
            "SELECT count(*), count(opted_out_on) FROM feedback_address"
        )
        return (
            counts,
            self.env.cr.fetchone(),
            self.request_.state,
            self.request_.user_input_id.state,
            self.place.token,
        )

    def _pick(self, *choices):
        return self.random.choice(choices)

    def _strange(self):
        return self._pick(*_STRANGE, self.random.randbytes(20).decode("latin-1"))

    def _path(self):
        survey = self.survey.access_token
        token = self._pick(
            self.request_._get_token(), self.place.token, survey, self.stop
        )
        if self.random.random() < 0.5:
            token = self._pick(token[:-1], token + "x", token.upper(), self._strange())
        kind = self._pick("r", "p", "s", "stop")
        return "/feedback/" + "/".join(self._quote(part) for part in (kind, token))

    def _quote(self, text):
        """One segment of a path: with a slash, it would be another address."""
        text = text[:500].replace("/", "_") or "_"
        return quote(text.encode("utf-8", "replace"), safe="")

    def _fields(self):
        """Form fields: those of the form and others, right and wrong, in any number."""
        names = [f"q{question.id}" for question in self.survey.question_ids]
        names += [
            "score",
            "form_token",
            "homepage",
            "attachment",
            "q0",
            "q",
            "csrf_token",
            *("contact_name", "contact_email", "contact_phone", "contact_consent"),
        ]
        fields = [
            (self._pick(*names, self._strange()[:100] or "x"), self._strange())
            for _number in range(self.random.randrange(6))
        ]
        if self.random.random() < 0.3:  # a form that is signed, but not valid
            fields = [(name, value) for name, value in fields if name != "form_token"]
            fields.append(("form_token", self._pick(*self.tokens)))
            fields.append((f"q{self.nps.id}", self._pick("11", "-1", "x", "1" * 5000)))
        return [(name, value.encode("utf-8", "replace")) for name, value in fields]

    def _send_one(self):
        path, method = self._path(), self._pick("GET", "POST", "POST", "HEAD", "PUT")
        if "/stop/" in path and method == "POST" and self.stop in path:
            method = "GET"  # a valid token that is sent does what it says
        options = {"allow_redirects": False, "timeout": 30}
        url = self.base_url() + path
        if method == "POST" and self.random.random() < 0.3:
            options["data"] = self.random.randbytes(self.random.randrange(3000))
            options["headers"] = {"Content-Type": self._pick(*_TYPES)}
        elif method == "POST":
            options["data"] = self._fields()
            if self.random.random() < 0.3:
                options["files"] = [
                    (
                        "attachment",
                        (self._strange()[:80] or "x", b"\x89PNG" + b"x" * 50),
                    )
                ]
        else:
            options["params"] = self._fields()[:2]
        return method, path, self.opener.request(method, url, **options)

    @mute_logger("odoo.http", "werkzeug")
    def test_no_error_and_nothing_stored(self):
        self.survey.allows_attachments = True
        self.place.asks_contact = True
        self.request_, path = self._invite()
        self.stop = self.request_._stop_url().rsplit("/", 1)[1]
        self.tokens = [self._token(path), self._token(self.place_path)]
        before = self._state()
        statuses = {}
        for number in range(_REQUESTS):
            method, path, response = self._send_one()
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
            self.assertLess(
                response.status_code, 500, f"{number}: {method} {path[:300]}"
            )
            self.assertNotIn("Traceback", response.text[:100_000])
        self.assertEqual(self._state(), before)
        self.assertGreater(statuses.get(200, 0), _REQUESTS // 50, statuses)
        self.assertGreater(statuses.get(404, 0), _REQUESTS // 50, statuses)
