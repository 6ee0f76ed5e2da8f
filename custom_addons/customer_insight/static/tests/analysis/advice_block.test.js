import {expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {contains, mockService, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {AdviceBlock} from "@customer_insight/analysis/blocks/advice_block";

defineMailModels();

const action = {type: "ir.actions.act_window", res_model: "customer.playbook"};

function block(values) {
    return {
        type: "advice",
        title: "Suggested",
        items: [
            {
                found: "Fewer came.",
                plan: "ask why",
                key: ["gone"],
                action,
                label: "New playbook",
                ...values,
            },
        ],
    };
}

async function mount(values) {
    const opened = [];
    mockService("action", {doAction: (description) => opened.push(description)});
    await mountWithCleanup(AdviceBlock, {
        props: {
            block: block(values),
            currencyId: 1,
            onlyReal: false,
            open: (key) => opened.push(key),
        },
    });
    return opened;
}

test("a suggestion names its plan, its records and what carries it out", async () => {
    const opened = await mount();
    expect(".o_analysis_advice_text").toHaveText(/Fewer came\.\s*Plan: ask why/);
    await contains(".o_analysis_advice_records").click();
    await contains(".o_analysis_advice_action").click();
    expect(opened).toEqual([["gone"], action]);
    expect(queryAllTexts(".o_analysis_advice_action")).toEqual(["New playbook"]);
});

test("without rights there is no button that carries it out", async () => {
    await mount({action: null, label: ""});
    expect(".o_analysis_advice_action").toHaveCount(0);
    expect(".o_analysis_advice_records").toHaveCount(1);
});
