import {expect, test} from "@odoo/hoot";
import {animationFrame, click, queryAllTexts} from "@odoo/hoot-dom";
import {runAllTimers} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";

class Profile extends models.Model {
    _name = "profile";
    partner_id = fields.Many2one({relation: "res.partner"});
    _records = [{id: 1, partner_id: serverState.partnerId}];
}

class Interaction extends models.Model {
    _name = "customer.interaction";
}

defineMailModels();
defineModels([Profile, Interaction]);

const arch = `<form><field name="partner_id"/><widget name="customer_timeline"/></form>`;

function row(id, day, values) {
    return {
        id,
        day,
        date: `${day} 10:00:00`,
        day_only: false,
        kind: "call",
        kind_label: "Call",
        channel: "phone",
        channel_label: "Phone",
        icon: "fa-phone",
        color: "warning",
        direction: "in",
        title: "",
        body: "",
        amount: false,
        currency_id: false,
        duration: 0,
        outcome: "",
        contact: "",
        user: "",
        is_contact: true,
        source_model: "customer.interaction.log",
        source_id: id,
        can_open: true,
        can_edit: true,
        ...values,
    };
}

function summary(total) {
    return {
        total,
        contacts: total,
        last: total ? "2025-06-10 10:00:00" : false,
        kinds: total ? [{code: "call", label: "Call", count: total}] : [],
        channels: [],
    };
}

async function mountTimeline() {
    await mountView({type: "form", resModel: "profile", resId: 1, arch});
    await animationFrame();
    await animationFrame();
}

test("entries are grouped by month and bodies are shown as text", async () => {
    onRpc("customer.interaction", "timeline_page", () => ({
        rows: [
            row(2, "2025-06-10", {title: "Later", body: "<b>not bold</b>"}),
            row(1, "2025-05-02", {title: "Earlier"}),
        ],
        next: false,
        summary: summary(2),
    }));
    await mountTimeline();
    expect(queryAllTexts(".o_timeline_month_label")).toEqual(["June 2025", "May 2025"]);
    expect(queryAllTexts(".o_timeline_title")).toEqual(["Later", "Earlier"]);
    expect(".o_timeline_body").toHaveText("<b>not bold</b>");
    expect(".o_timeline_body b").toHaveCount(0);
});

test("a chip asks for its kind only, and nothing found offers a way back", async () => {
    onRpc("customer.interaction", "timeline_page", ({kwargs}) => {
        expect.step(kwargs.kinds.join());
        const rows = kwargs.kinds.length ? [] : [row(1, "2025-06-10", {})];
        return {rows, next: false, summary: summary(1)};
    });
    await mountTimeline();
    await click(".o_timeline_chips button");
    await animationFrame();
    await animationFrame();
    expect(".o_timeline_empty").toHaveCount(1);
    await click(".o_timeline_empty button");
    await animationFrame();
    await animationFrame();
    expect(".o_timeline_row").toHaveCount(1);
    expect.verifySteps(["", "call", ""]);
});

test("the next page continues behind the last entry", async () => {
    onRpc("customer.interaction", "timeline_page", ({kwargs}) => {
        if (kwargs.before) {
            expect.step(kwargs.before.join(" "));
            return {rows: [row(1, "2025-05-02", {})], next: false};
        }
        return {
            rows: [row(2, "2025-06-10", {})],
            next: ["2025-06-10 10:00:00", 2],
            summary: summary(2),
        };
    });
    await mountTimeline();
    await runAllTimers();
    if (document.querySelector(".o_customer_timeline .btn-link.btn-sm")) {
        await contains(".o_customer_timeline .btn-link.btn-sm").click();
    }
    await animationFrame();
    expect(".o_timeline_row").toHaveCount(2);
    expect.verifySteps(["2025-06-10 10:00:00 2"]);
});

test("without any entry it says what to do", async () => {
    onRpc("customer.interaction", "timeline_page", () => ({
        rows: [],
        next: false,
        summary: summary(0),
    }));
    await mountTimeline();
    expect(".o_timeline_empty").toHaveText(/Log a call/);
});
