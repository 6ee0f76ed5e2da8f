"""A browser logged in to the web client."""

_READY = ".o_action_manager .o_control_panel, .o_action_manager .o_action"
_SETTLE_MS = 2500  # records arrive, charts are animated
_NARROW = 500


class Session:
    """One browser context of a given width.

    :param browser: a Playwright browser
    :param url: address of the server
    :param width: width of the page in CSS pixels; a narrow one acts as a phone
    """

    def __init__(self, browser, url, width):
        phone = width < _NARROW
        self.url = url
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            is_mobile=phone,
            has_touch=phone,
        )
        self.page = self.context.new_page()
        self._errors = []
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))

    def log_in(self, login, password, language):
        """Log in and work in a language from then on."""
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click(".oe_login_form button[type=submit]")
        self.page.wait_for_selector(".o_web_client")
        self.call("res.users", "write", [[self._uid()], {"lang": language}])

    def _uid(self):
        return self.page.evaluate("odoo.__session_info__?.uid") or self.page.evaluate(
            "fetch('/web/session/get_session_info', {method: 'POST', body: '{}',"
            " headers: {'Content-Type': 'application/json'}})"
            ".then(r => r.json()).then(r => r.result.uid)"
        )

    def call(self, model, method, args, kwargs=None):
        """Call a public method as the logged-in user and return its result.

        :raise RuntimeError: with the server's message, if the call failed
        """
        answer = self.page.evaluate(
            """async ([url, params]) => {
                const response = await fetch(url, {
                    method: "POST",
                    headers: {"Content-Type": "application/json"},
                    body: JSON.stringify({jsonrpc: "2.0", method: "call", params}),
                });
                return response.json();
            }""",
            [
                f"/web/dataset/call_kw/{model}/{method}",
                {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs or {},
                },
            ],
        )
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def search_one(self, model, domain, *names):
        """:return: the first record of the model's own order, as a dict"""
        records = self.call(
            model, "search_read", [domain], {"fields": list(names), "limit": 1}
        )
        if not records:
            raise RuntimeError(f"No {model} to show: load some data first.")
        return records[0]

    def picture(self, path, clicks, target):
        """Open a page, click through it and write a PNG of what is seen."""
        self.page.goto(f"{self.url}/odoo/{path}")
        self.page.wait_for_selector(_READY)
        for selector in clicks:
            self.page.locator(selector).first.click()
        # not "networkidle": the web client keeps its bus connection open
        self.page.wait_for_timeout(_SETTLE_MS)
        self.page.screenshot(path=target)

    def take_errors(self):
        """:return: the errors of the pages since the last call"""
        errors, self._errors = self._errors, []
        return errors

    def close(self):
        """Leave the user in English and close the browser context."""
        self.call("res.users", "write", [[self._uid()], {"lang": "en_US"}])
        self.context.close()
