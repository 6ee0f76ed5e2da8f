import {expect, test} from "@odoo/hoot";
import {press, queryAll, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {contains, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {Component, xml} from "@odoo/owl";
import {HealthGauge} from "@customer_insight/page/health/health_gauge";
import {MonthBars} from "@customer_insight/page/month_bars/month_bars";
import {ReceiptButton} from "@customer_insight/page/receipt/receipt_button";
import {Sparkline} from "@customer_insight/page/sparkline/sparkline";
import {TrendBadge} from "@customer_insight/page/trend_badge/trend_badge";

defineMailModels();

const MONTHS = [
    {month: "2025-04-01", label: "Apr 2025", amount: 10, count: 1, is_current: false},
    {month: "2025-05-01", label: "May 2025", amount: 0, count: 0, is_current: true},
    {month: "2025-06-01", label: "Jun 2025", amount: -5, count: 0, is_current: true},
];

test("a sparkline goes from the lowest to the highest value", async () => {
    await mountWithCleanup(Sparkline, {props: {values: [0, 5, 10], label: "Amount"}});
    expect(queryOne("polyline").getAttribute("points")).toBe("0,23 50,12 100,1");
});

test("one value alone is no line, equal values are a flat one", async () => {
    await mountWithCleanup(Sparkline, {props: {values: [3]}});
    expect("svg").toHaveCount(0);
    await mountWithCleanup(Sparkline, {props: {values: [0, 0]}});
    expect(queryOne("polyline").getAttribute("points")).toBe("0,23 100,23");
});

test("an arrow is shown for a real change only, always with n", async () => {
    await mountWithCleanup(TrendBadge, {props: {direction: "up", change: 0.25, n: 60}});
    expect(".o_insight_trend.text-success .fa-arrow-up").toHaveCount(1);
    expect(".o_insight_trend").toHaveText(/\+25 %\s*n=60/);
});

test("a change that may be chance is grey and has no arrow", async () => {
    await mountWithCleanup(TrendBadge, {props: {direction: null, change: -0.5, n: 3}});
    expect(".o_insight_trend.text-muted").toHaveCount(1);
    expect(".o_insight_trend .fa").toHaveCount(0);
    expect(".o_insight_trend").toHaveText(/-50 %\s*n=3/);
});

test("without a full year before nothing is compared", async () => {
    await mountWithCleanup(TrendBadge, {props: {direction: null, change: null, n: 3}});
    expect(".o_insight_trend").toHaveText(/not comparable\s*n=3/);
});

test("the gauge is filled up to the score, grey if it rests on little", async () => {
    await mountWithCleanup(HealthGauge, {props: {score: 71.6, band: "healthy"}});
    expect(".o_insight_gauge.text-success text").toHaveText("72");
    expect(queryOne(".o_insight_gauge_value").getAttribute("stroke-dasharray")).toBe(
        "72 200",
    );
    await mountWithCleanup(HealthGauge, {
        props: {score: 0, band: "poor", isReliable: false},
    });
    expect(".o_insight_gauge.text-muted").toHaveCount(1);
    expect(".o_insight_gauge.text-muted .o_insight_gauge_value").toHaveCount(0);
});

test("a month opens by click and by key; arrows walk along the months", async () => {
    await mountWithCleanup(MonthBars, {
        props: {
            months: MONTHS,
            measure: "amount",
            format: (value) => `$ ${value}`,
            open: (month) => expect.step(month),
        },
    });
    expect(queryAll("button").map((bar) => bar.tabIndex)).toEqual([-1, -1, 0]);
    expect("button:last").toHaveAttribute("aria-label", "Jun 2025: $ -5");
    expect("button:last .bg-danger").toHaveCount(1);
    queryOne("button:last").focus();
    await press("ArrowLeft");
    await press("ArrowLeft");
    await animationFrame();
    expect("button:first").toBeFocused();
    await contains("button:first").click();
    expect.verifySteps(["2025-04-01"]);
});

test("a receipt tells its reasons and leads to the documents", async () => {
    class Parent extends Component {
        static components = {ReceiptButton};
        static props = ["*"];
        static template = xml`
            <ReceiptButton sentences="['because', 'of this']" links="links">+5 %</ReceiptButton>`;
        links = [{label: "Open documents", open: () => expect.step("open")}];
    }
    await mountWithCleanup(Parent);
    expect(".o_insight_receipt").toHaveText("+5 %");
    await contains(".o_insight_receipt").click();
    expect(queryAllTexts(".o_insight_receipt_popover p")).toEqual([
        "because",
        "of this",
    ]);
    await contains(".o_insight_receipt_popover button").click();
    expect.verifySteps(["open"]);
    await animationFrame();
    expect(".o_insight_receipt_popover").toHaveCount(0);
});
