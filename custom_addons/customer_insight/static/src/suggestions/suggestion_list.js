import {Component} from "@odoo/owl";

/** Products to suggest, by question: name, reason, and a button that adds one. */
export class SuggestionList extends Component {
    static template = "customer_insight.SuggestionList";
    static props = {sections: Array, add: Function};
}
