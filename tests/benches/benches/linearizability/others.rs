//! The public crates that check linearizability. Both take any kind of object, and search for an order of its operations.

use ::stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use ::stateright::semantics::{ConsistencyTester, LinearizabilityTester};
use ::todc_utils::linearizability::WGLChecker;
use ::todc_utils::linearizability::history::{Action, History};
use ::todc_utils::specifications::Specification;
use value_store::conformance::linearizability::Operation;

use crate::histories::{CLIENTS, events};

/// Enough for a search that recurses once for each operation.
const STACK_BYTES: usize = 1 << 30;

/// The begins and ends in order: the client, the operation, and whether it begins.
fn events_of_clients(history: &[Operation<u64>]) -> Vec<(usize, Operation<u64>, bool)> {
    let mut events: Vec<_> = events(history).collect();
    events.sort_unstable();
    let (mut idle, mut client_of) = ((0..CLIENTS).collect::<Vec<_>>(), vec![None; history.len()]);
    let event = |(_, index): (u64, usize)| match client_of[index] {
        None => {
            let client = idle.pop().expect("no more operations than clients are under way");
            client_of[index] = Some(client);
            (client, history[index], true)
        }
        Some(client) => {
            idle.push(client);
            (client, history[index], false)
        }
    };
    events.into_iter().map(event).collect()
}

/// The search of stateright.
pub(crate) fn stateright(history: &[Operation<u64>]) -> bool {
    let mut tester = LinearizabilityTester::new(Register(None));
    for (client, operation, begins) in events_of_clients(history) {
        let taken = match (begins, operation) {
            (true, Operation::Write { value, .. }) => tester.on_invoke(client, RegisterOp::Write(Some(value))),
            (true, Operation::Read { .. }) => tester.on_invoke(client, RegisterOp::Read),
            (false, Operation::Write { .. }) => tester.on_return(client, RegisterRet::WriteOk),
            (false, Operation::Read { value, .. }) => tester.on_return(client, RegisterRet::ReadOk(value)),
        };
        taken.expect("a client does one thing after the other");
    }
    let search = move || tester.is_consistent();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(search);
    thread.expect("there is a thread for it").join().expect("the search ends")
}

/// A register for todc-utils.
struct TodcRegister;

impl Specification for TodcRegister {
    type State = Option<u64>;
    type Operation = Operation<u64>;

    fn init() -> Self::State {
        None
    }

    fn apply(operation: &Self::Operation, state: &Self::State) -> (bool, Self::State) {
        match operation {
            Operation::Write { value, .. } => (true, Some(*value)),
            Operation::Read { value, .. } => (value == state, *state),
        }
    }
}

/// The search of todc-utils.
pub(crate) fn todc_utils(history: &[Operation<u64>]) -> bool {
    let action = |(client, operation, begins)| {
        (client, if begins { Action::Call(operation) } else { Action::Response(operation) })
    };
    WGLChecker::<TodcRegister>::is_linearizable(History::from_actions(
        events_of_clients(history).into_iter().map(action).collect(),
    ))
}
