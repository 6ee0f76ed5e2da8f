import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {imageUrl} from "@web/core/utils/urls";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {Component} from "@odoo/owl";

/** The picture of a contact, larger than beside its name. */
export class CustomerAvatarField extends Component {
    static template = "customer_insight.CustomerAvatarField";
    static props = {...standardFieldProps};

    get url() {
        const contact = this.props.record.data[this.props.name];
        return contact ? imageUrl("res.partner", contact.id, "avatar_128") : "";
    }
}

export const customerAvatarField = {
    component: CustomerAvatarField,
    displayName: _t("Picture of a Contact"),
    supportedTypes: ["many2one"],
};

registry.category("fields").add("customer_avatar", customerAvatarField);
