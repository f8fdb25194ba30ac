//! How a DHT of many nodes grows: the hops and the questions of a call against the number of nodes, and how many values are still
//! found when nodes have been replaced. All nodes are in this process, and meet in memory.
//!
//!     cargo bench --package value-store-benches --features kad --bench kad_network
//!
//! After `--`: `--svg PATH` for the picture, or `--quick` for networks of 30 and 60 nodes.
//!
//! It is one network that grows. Each node joins by one that came before, and then all wait until nobody learns of anybody any
//! longer. At each size, calls are made one after the other, each by a node drawn by lot. A call's *questions* are the messages
//! that it sends, each of which a peer answers. Its *hops* are the rounds of questions until one of the twenty nodes nearest to
//! the key is asked, counted on the routing tables that the nodes have then: in each round, the three nearest that were not
//! asked yet are asked at the same time. Then nodes leave without a word, as many come, and all values are read again at once,
//! before anybody has passed on what it holds.

mod hops;
mod network;
mod questions;

use value_store_benches::arguments::Arguments;
use value_store_benches::chart::{Chart, Line};
use value_store_benches::processor_time;
use value_store_benches::table::Table;

use crate::network::Network;
use crate::questions::Questions;

const SIZES: [usize; 5] = [50, 100, 200, 500, 1_000];
const QUICK_SIZES: [usize; 2] = [30, 60];
const VALUES: usize = 200;
const SHARES_REPLACED: [usize; 3] = [0, 10, 30];

/// What was seen of a network.
struct Seen {
    nodes: usize,
    growth: Growth,
    peers_of_a_node: f64,
    hops: f64,
    questions: [f64; 2],
    found: Vec<usize>,
}

/// What it cost to come to the size.
struct Growth {
    /// The memory of the process when all nodes have met.
    mebibytes: f64,
    /// The processor time that the process took for each node that came, until all had met.
    seconds_a_node: f64,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::of_this_process();
    let questions = Questions::listen();
    let sizes = if arguments.quick { &QUICK_SIZES[..] } else { &SIZES };
    let (mut network, mut seen) = (Network::default(), Vec::new());
    for nodes in sizes {
        let (came, before) = (nodes - network.len(), processor_time::of_this_process());
        network.grow(came).await;
        let took = processor_time::of_this_process().saturating_sub(before).as_secs_f64();
        eprintln!("{nodes} nodes have met: {took:.0} s of processor time since the last size");
        let growth = Growth { mebibytes: resident_mebibytes(), seconds_a_node: took / number(came) };
        seen.push(look_at(&mut network, &questions, growth).await);
    }
    println!("{}", table(&seen));
    if let Some(path) = arguments.svg {
        std::fs::write(&path, picture(&seen).to_string()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

async fn look_at(network: &mut Network, questions: &Questions, growth: Growth) -> Seen {
    let (mut put, mut get, mut hops) = (0, 0, 0);
    for number in 0..VALUES {
        let node = network.draw();
        put += questions.of(network.put(node, number)).await.0;
    }
    let tables = network.tables().await;
    for number in 0..VALUES {
        let key = network.key(number);
        let holders = network.nearest(&key);
        let node = network.draw_but(&holders);
        get += questions.of(network.get(node, number)).await.0;
        hops += hops::until_one_of(&holders, &tables, network.id(node), &key);
    }
    let mut found = Vec::new();
    for share in SHARES_REPLACED {
        network.replace(share).await;
        let mut count = 0;
        for number in 0..VALUES {
            let node = network.draw();
            count += usize::from(network.get(node, number).await);
        }
        found.push(count);
    }
    let average = |sum: usize| number(sum) / number(VALUES);
    let entries: usize = tables.values().map(Vec::len).sum();
    Seen {
        nodes: tables.len(),
        growth,
        peers_of_a_node: number(entries) / number(tables.len()),
        hops: average(hops),
        questions: [average(put), average(get)],
        found,
    }
}

fn table(seen: &[Seen]) -> Table {
    let mut heading =
        ["nodes", "log2", "MiB", "s a node", "peers of a node", "hops of a get", "questions of a get", "of a put"]
            .map(str::to_owned)
            .to_vec();
    heading.extend(SHARES_REPLACED.map(|share| format!("found, {share} % replaced")));
    let mut table = Table::new(heading);
    for seen in seen {
        let figures =
            [seen.growth.seconds_a_node, seen.peers_of_a_node, seen.hops, seen.questions[1], seen.questions[0]];
        let mut row = vec![seen.nodes.to_string(), format!("{:.1}", number(seen.nodes).log2())];
        row.push(format!("{:.0}", seen.growth.mebibytes));
        row.extend(figures.map(|figure| format!("{figure:.1}")));
        row.extend(seen.found.iter().map(|found| format!("{:.1} %", number(*found) * 100.0 / number(VALUES))));
        table.row(row);
    }
    table
}

fn picture(seen: &[Seen]) -> Chart {
    let line = |label: &str, figure: fn(&Seen) -> f64| Line {
        label: label.to_owned(),
        points: seen.iter().map(|seen| (number(seen.nodes), figure(seen))).collect(),
    };
    Chart {
        title: "Hops and questions of a get in a DHT".to_owned(),
        across: "nodes".to_owned(),
        lines: vec![
            line("hops", |seen| seen.hops),
            line("log2 of the nodes", |seen| number(seen.nodes).log2()),
            line("questions", |seen| seen.questions[1]),
        ],
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).expect("the network is small").into()
}

/// The memory of this process, as Linux counts it, or not a number elsewhere.
fn resident_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}
