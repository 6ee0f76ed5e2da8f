"""A browser logged in to the web client."""

#: What is there only while something is still asked for.
_BUSY = (
    ".o_loading_indicator",
    "[data-status=loading]",
    ".o_analysis_page[aria-busy=true]",
    ".o_customer_analysis .fa-spinner",
)
_WAIT_MS = 60_000  # a page that takes longer is a fault
_SETTLE_MS = 1500  # charts are animated
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

    def picture(self, page, path, target):
        """Open a page, click through it and write a PNG of what is seen.

        :param page: :class:`~.pages.Page`
        :param path: its address below ``/odoo/``
        :raise Exception: if what says that the page is ready does not come
        """
        self.page.goto(f"{self.url}/odoo/{path}")
        self._wait(page.ready)
        for selector in page.click:
            self.page.locator(selector).first.click()
        if page.then:
            self._wait(page.then)
            self.page.locator(page.then).first.scroll_into_view_if_needed()
        self.page.wait_for_timeout(_SETTLE_MS)
        self.page.screenshot(path=target)

    def _wait(self, selector):
        """Wait until an element is on the page and nothing is asked for any more.

        Not for "networkidle": the web client keeps its bus connection open.
        """
        self.page.wait_for_selector(selector, timeout=_WAIT_MS)
        for busy in _BUSY:
            self.page.wait_for_selector(busy, state="detached", timeout=_WAIT_MS)

    def take_errors(self):
        """:return: the errors of the pages since the last call"""
        errors, self._errors = self._errors, []
        return errors

    def close(self):
        """Leave the user in English and close the browser context."""
        self.call("res.users", "write", [[self._uid()], {"lang": "en_US"}])
        self.context.close()
