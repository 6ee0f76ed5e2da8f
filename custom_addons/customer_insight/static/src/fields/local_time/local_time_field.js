import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {Component} from "@odoo/owl";
import {formatDateTime} from "@web/core/l10n/dates";

const {DateTime} = luxon;

/** What time it is now where the customer lives; the field holds their time zone. */
export class LocalTimeField extends Component {
    static template = "customer_insight.LocalTimeField";
    static props = {...standardFieldProps};

    get zone() {
        return this.props.record.data[this.props.name];
    }

    get time() {
        const now = DateTime.now().setZone(this.zone);
        return now.isValid ? formatDateTime(now, {format: "HH:mm", tz: this.zone}) : "";
    }
}

export const localTimeField = {
    component: LocalTimeField,
    displayName: _t("Local Time"),
    supportedTypes: ["selection", "char"],
};

registry.category("fields").add("local_time", localTimeField);
