import {expect, test} from "@odoo/hoot";
import {click, queryAll, queryAllTexts} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Profile extends models.Model {
    _name = "profile";
    name = fields.Char();
    stage = fields.Selection({
        selection: [
            ["loyal", "Loyal"],
            ["churned", "Churned"],
        ],
    });
    city = fields.Char();
    orders = fields.Integer({aggregator: "sum"});
    band = fields.Char();
    phone = fields.Char();
    _records = [
        {id: 1, name: "Ada", stage: "loyal", city: "Paris", orders: 3, band: "poor"},
        {id: 2, name: "Bo", stage: "churned", city: "Lyon", orders: 4, band: "fine"},
    ];
}

defineMailModels();
defineModels([Profile]);

const arch = `
    <list js_class="insight_lean_list" decoration-danger="band == 'poor'">
        <field name="name"/>
        <field name="stage" column_invisible="1"/>
        <field name="phone" optional="show"/>
        <field name="city" optional="hide"/>
        <field name="orders" optional="hide" sum="Total"/>
        <field name="band" optional="hide"/>
    </list>`;

/** Note which fields each page of the list asks for. */
function noteReads() {
    onRpc("web_search_read", ({kwargs}) => {
        expect.step(Object.keys(kwargs.specification).sort().join(" "));
    });
}

async function toggle(label) {
    if (!queryAll(".o-dropdown--menu").length) {
        await contains(".o_optional_columns_dropdown button").click();
    }
    await contains(`.o-dropdown--menu span:contains(${label})`).click();
    await animationFrame();
}

test("hidden optional columns are not read, unless what is shown speaks of them", async () => {
    noteReads();
    await mountView({type: "list", resModel: "profile", arch});
    expect.verifySteps(["band name phone stage"]);
    expect("tr.o_data_row.text-danger").toHaveCount(1);
});

test("a column is read when it is chosen, and stays when it is taken off", async () => {
    await mountView({type: "list", resModel: "profile", arch});
    noteReads();
    await toggle("City");
    expect.verifySteps(["band city name phone stage"]);
    expect(queryAllTexts("td[name=city]")).toEqual(["Paris", "Lyon"]);
    await toggle("City");
    expect("td[name=city]").toHaveCount(0);
    expect.verifySteps([]);
});

test("the choice is kept for the next time", async () => {
    await mountView({type: "list", resModel: "profile", arch});
    await toggle("City");
    await toggle("Phone");
    noteReads();
    await mountView({type: "list", resModel: "profile", arch});
    expect.verifySteps(["band city name stage"]);
});

test("groups that are open show a column that is chosen, with its sum", async () => {
    await mountView({type: "list", resModel: "profile", arch, groupBy: ["stage"]});
    await click(".o_group_header:first");
    await animationFrame();
    expect(queryAllTexts(".o_data_row td[name=name]")).toEqual(["Ada"]);
    await toggle("Orders");
    expect(queryAllTexts(".o_data_row td[name=orders]")).toEqual(["3"]);
    expect(".o_group_header:first td.o_list_number").toHaveText("3");
    await contains(".o_group_header:last").click();
    expect(queryAllTexts(".o_data_row td[name=orders]")).toEqual(["3", "4"]);
});
