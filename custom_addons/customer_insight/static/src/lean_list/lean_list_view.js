import {ListController} from "@web/views/list/list_controller";
import {ListRenderer} from "@web/views/list/list_renderer";
import {browser} from "@web/core/browser/browser";
import {extractFieldsFromArchInfo} from "@web/model/relational_model/utils";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useSubEnv} from "@odoo/owl";

/**
 * Where the user's choice of optional columns is kept. Core's key holds the fields that
 * are read, which here follow from the choice.
 *
 * @param {String} resModel
 * @param {Object} archInfo of a list
 * @param {Number|false} viewId
 * @returns {String}
 */
function choiceKey(resModel, archInfo, viewId) {
    const names = archInfo.columns.map((column) => column.name).sort();
    return [resModel, "lean_list", viewId, ...new Set(names)].join(",");
}

/**
 * Names of the optional columns that are neither shown nor spoken of by what is.
 *
 * @param {Object} archInfo of a list
 * @param {String|null} choice names of the optional columns shown, as core stores them
 * @returns {Set<String>}
 */
export function unreadFields(archInfo, choice) {
    const chosen = choice?.split(",");
    const isHidden = ({optional, name}) =>
        optional && !(chosen ? chosen.includes(name) : optional === "show");
    const fields = archInfo.columns.filter((column) => column.type === "field");
    const shown = new Set(
        fields.filter((field) => !isHidden(field)).map((f) => f.name),
    );
    const unread = new Set(
        fields.map((f) => f.name).filter((name) => !shown.has(name)),
    );
    const spoken = [];
    for (const node of [archInfo.xmlDoc, ...archInfo.xmlDoc.querySelectorAll("*")]) {
        if (node.tagName !== "field" || shown.has(node.getAttribute("name"))) {
            spoken.push(...Array.from(node.attributes, (attribute) => attribute.value));
        }
    }
    for (const word of spoken.join(" ").match(/\w+/g) || []) {
        unread.delete(word);
    }
    return unread;
}

/**
 * Have a model read more fields. What it holds of them is changed in place, because the
 * lists of its groups share it.
 *
 * @param {Object} config of a model
 * @param {Object} fields active fields by name
 * @returns {Boolean} whether any of them is new
 */
function addFields({activeFields, fieldsToAggregate}, fields) {
    const added = Object.keys(fields).filter((name) => !(name in activeFields));
    for (const name of added) {
        activeFields[name] = fields[name];
        fieldsToAggregate.push(name);
    }
    return Boolean(added.length);
}

/** A list that knows which columns the controller has read. */
export class LeanListRenderer extends ListRenderer {
    createViewKey() {
        const {archInfo, list} = this.props;
        return choiceKey(list.resModel, archInfo, this.env.config.viewId);
    }

    /** A column that was just chosen is not there before its values are. */
    getActiveColumns() {
        const isRead = ({type, name}) =>
            type !== "field" || name in this.props.list.activeFields;
        return super.getActiveColumns().filter(isRead);
    }

    async toggleOptionalField(fieldName) {
        super.toggleOptionalField(fieldName);
        await this.env.readChosenColumns();
        this.render();
    }
}

/**
 * A list that reads optional columns only while they are shown: a list of fifty columns,
 * of which a dozen is shown, comes in half the time.
 */
export class LeanListController extends ListController {
    setup() {
        super.setup();
        useSubEnv({readChosenColumns: this.readChosenColumns.bind(this)});
    }

    get modelParams() {
        const params = super.modelParams;
        if (this.props.state?.modelState) {
            addFields(params.config, this.chosenFields);
        } else {
            params.config.activeFields = this.chosenFields;
        }
        return params;
    }

    /** @returns {Object} the active fields of the columns that are shown */
    get chosenFields() {
        const {archInfo, env, props} = this;
        const key = choiceKey(props.resModel, archInfo, env.config.viewId);
        const choice = browser.localStorage.getItem(`optional_fields,${key}`);
        const unread = unreadFields(archInfo, choice);
        const nodes = Object.entries(archInfo.fieldNodes).filter(
            ([, node]) => !unread.has(node.name),
        );
        const read = {...archInfo, fieldNodes: Object.fromEntries(nodes)};
        return extractFieldsFromArchInfo(read, props.fields).activeFields;
    }

    /** Read what the user has added. */
    async readChosenColumns() {
        if (addFields(this.model.config, this.chosenFields)) {
            await this.model.load();
        }
    }
}

registry.category("views").add("insight_lean_list", {
    ...listView,
    Controller: LeanListController,
    Renderer: LeanListRenderer,
});
