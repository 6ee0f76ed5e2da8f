import {onMounted, onWillUpdateProps, useComponent, useState} from "@odoo/owl";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";

/**
 * Data of the customer on the screen that are read after the page is shown.
 *
 * The component needs the prop `record`: a profile, or a contact with its profile in
 * `customer_profile_id`. Data are read again when another record is shown, and when
 * the record was loaded again, as after a dialog.
 *
 * @param {String} method method of `customer.profile` that returns the data
 * @returns {Object} state with `status` (loading, ready, failed) and `data`, and the
 *  functions `load()` and `open(method, ...args)`, which runs an action of the profile
 */
export function useCustomerData(method) {
    const component = useComponent();
    const orm = useService("orm");
    const action = useService("action");
    const keepLast = new KeepLast();
    const state = useState({status: "loading", data: null});

    async function load(record = component.props.record) {
        const id = profileId(record);
        if (!id) {
            return;
        }
        try {
            state.data = await keepLast.add(
                orm.call("customer.profile", method, [[id]]),
            );
            state.status = "ready";
        } catch (error) {
            if (!(error instanceof RPCError || error instanceof ConnectionLostError)) {
                throw error;
            }
            state.status = "failed"; // the widget says so and offers to try again
        }
    }

    async function open(name, ...args) {
        const id = profileId(component.props.record);
        const description = await orm.call("customer.profile", name, [[id], ...args]);
        if (description) {
            await action.doAction(description, {onClose: () => load()});
        }
    }

    onMounted(() => load());
    onWillUpdateProps((next) => {
        if (next.record === component.props.record) {
            return;
        }
        if (profileId(next.record) !== profileId(component.props.record)) {
            state.status = "loading";
        }
        load(next.record);
    });
    return Object.assign(state, {load: () => load(), open});
}

/** The profile behind a record of the customer page or of a contact. */
export function profileId(record) {
    return record.resModel === "res.partner"
        ? record.data.customer_profile_id?.id
        : record.resId;
}
