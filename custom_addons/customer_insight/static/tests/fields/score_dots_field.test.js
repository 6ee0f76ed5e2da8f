import {expect, test} from "@odoo/hoot";
import {queryAll} from "@odoo/hoot-dom";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";

class Profile extends models.Model {
    _name = "profile";
    rfm_recency = fields.Integer();
    _records = [
        {id: 1, rfm_recency: 4},
        {id: 2, rfm_recency: 0},
    ];
}

defineMailModels();
defineModels([Profile]);

const arch = `<form><field name="rfm_recency" widget="score_dots"/></form>`;

test("a score is shown as that many filled dots out of five", async () => {
    await mountView({type: "form", resModel: "profile", resId: 1, arch});
    expect(".o_score_dots .fa").toHaveCount(5);
    expect(".o_score_dots .fa-circle").toHaveCount(4);
    expect(queryAll(".o_score_dots")[0].title).toBe("4 of 5");
});

test("no score shows no dots", async () => {
    await mountView({type: "form", resModel: "profile", resId: 2, arch});
    expect(".o_score_dots").toHaveCount(0);
});
