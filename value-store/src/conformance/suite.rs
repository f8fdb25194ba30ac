//! The list of all cases: the suite's table of contents.
//!
//! Each case is one entry under its family:
//!
//! - the id of a rule of the contract, and a sentence that says what the store must do;
//! - the name of the case;
//! - after `if`, the words that the attribute must have for the case to run;
//! - after `unless`, the words that it must not have;
//! - after `after`, the cases that it stands on, besides those that its whole family stands on. Where one of these fails,
//!   nothing can be said of this one, so it is not run: it fails, and names that case. Of two cases, the one that makes
//!   simpler calls is the ground of the other.
//!
//! The body is the function of that name in `cases/<family>`. The attribute calls the macro below to get the list, and
//! makes a test of each entry.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::LazyLock;

use crate::conformance::cases;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;
use crate::conformance::world::Disk;

/// Calls the macro `$consumer` with `$input` in braces, and the list after it.
#[doc(hidden)]
#[macro_export]
macro_rules! __suite {
    ($consumer:path { $($input:tt)* }) => {
        $consumer! {
            { $($input)* }

            factory after round_trip::put_then_get {
                "GET-1: in a world where nothing was put, nothing is found"
                starts_empty after missing::unknown_key_is_not_found;
                "GET-1: what is put in one world is not found in another that is open beside it"
                worlds_are_independent after missing::unknown_key_is_not_found, overwrite::second_put_wins;
                "PUT-1: a store is not changed by others that are opened and closed beside it"
                worlds_come_and_go after overwrite::never_reverts, missing::miss_inserts_nothing;
                "CON-1: a store can be used from any task and any thread"
                store_moves_between_tasks after round_trip::get_repeats;
                "DROP-2: dropping the store ends, also when a call was dropped before it was done"
                drop_finishes;
                "DROP-2: dropping the store ends where there is no runtime, too"
                drop_outside_a_runtime;
            }

            round_trip {
                "PUT-1: get returns what was put"
                put_then_get;
                "GET-2: get does not use a value up"
                get_repeats after round_trip::put_then_get;
                "PUT-1: each of many keys has the value that was put to it"
                many_keys_each_their_own
                    after timeouts::generous_changes_nothing, concurrency::puts_amid_each_other, concurrency::gets_amid_each_other;
                "PUT-1: a value stays however many other keys are put after it"
                many_puts_evict_nothing after round_trip::many_keys_each_their_own;
                "PUT-1: a value stays however many mebibytes are put after it"
                many_bytes_evict_nothing after round_trip::many_puts_evict_nothing, value_fidelity::lengths_around_powers;
                "PUT-1: a get that begins when put has returned Ok finds the value"
                ok_means_visible after round_trip::put_then_get;
            }

            at_rest after round_trip::put_then_get {
                "PUT-1: a value stays however much time passes"
                time_takes_nothing after overwrite::second_put_wins;
            }

            overwrite after round_trip::put_then_get {
                "PUT-2: get returns the value of the later put"
                second_put_wins;
                "PUT-2: a shorter value replaces the whole of a longer one"
                shorter_value_leaves_no_tail after overwrite::second_put_wins, round_trip::ok_means_visible;
                "PUT-2: a longer value replaces the whole of a shorter one"
                longer_value_is_whole after round_trip::ok_means_visible, round_trip::get_repeats;
                "PUT-2: of values that grow and shrink by turns, each replaces the whole of the one before"
                lengths_up_and_down
                    after overwrite::hundred_overwrites_last_wins, overwrite::never_reverts,
                      value_fidelity::lengths_around_powers, overwrite::shorter_value_leaves_no_tail;
                "PUT-2: putting the same value again is fine"
                same_value_again_is_ok unless records after overwrite::second_put_wins, round_trip::ok_means_visible;
                "PUT-2: the empty value replaces any other, and any other replaces the empty one"
                empty_value_replaces unless records after overwrite::shorter_value_leaves_no_tail, value_fidelity::empty;
                "PUT-2: the later value replaces the earlier one even if its bytes sort before it"
                lexicographically_smaller_replaces unless records after overwrite::second_put_wins;
                "PUT-2: of hundreds of puts to one key, each replaces the one before"
                hundred_overwrites_last_wins after overwrite::second_put_wins;
                "PUT-2: a put to one key changes no other"
                other_keys_untouched after round_trip::many_keys_each_their_own;
                "PUT-1: a replaced value does not come back, whatever is done to other keys"
                never_reverts after round_trip::many_keys_each_their_own, overwrite::second_put_wins, round_trip::ok_means_visible;
            }

            missing {
                "GET-1: a key that was never put is NotFound"
                unknown_key_is_not_found;
                "VAL-1: a key with the empty value is not a missing key"
                empty_is_not_missing unless records after missing::unknown_key_is_not_found, value_fidelity::empty;
                "GET-2: a miss does not hide a put that comes after it"
                miss_then_put_then_get after missing::unknown_key_is_not_found, round_trip::many_keys_each_their_own;
                "GET-2: a miss leaves the key missing"
                miss_inserts_nothing after missing::unknown_key_is_not_found, round_trip::put_then_get;
                "GET-1: a name that means something elsewhere is missing until it is put"
                reserved_names_are_missing unless records
                    after missing::many_misses_then_usable, key_identity::reserved_names, key_identity::empty_key;
                "GET-1: a value is no key: it is missing as a key until something is put to it"
                values_are_missing_as_keys unless records
                    after missing::miss_then_put_then_get, overwrite::never_reverts, overwrite::shorter_value_leaves_no_tail;
                "TIME-1: a get of a missing key ends within its timeout"
                miss_answers_in_time after missing::unknown_key_is_not_found;
                "GET-1: a key that differs from a present one in a single bit is missing"
                one_bit_off_is_missing after missing::miss_inserts_nothing;
                "GET-2: a store works on after many misses"
                many_misses_then_usable
                    after missing::miss_then_put_then_get, missing::miss_inserts_nothing, overwrite::never_reverts;
            }

            key_identity after round_trip::put_then_get, missing::unknown_key_is_not_found {
                "KEY-1: keys that differ in letter case are different keys"
                letter_case unless records
                    after timeouts::generous_changes_nothing, concurrency::puts_amid_each_other, concurrency::gets_amid_each_other;
                "KEY-1: a key and its prefixes are different keys"
                common_prefix unless records after round_trip::ok_means_visible, concurrency::gets_side_by_side;
                "KEY-1: slashes in a key stand for themselves"
                slashes_literal unless records after key_identity::common_prefix;
                "KEY-1: dot segments in a key are not resolved"
                dot_segments_literal unless records after key_identity::slashes_literal;
                "KEY-1: percent signs and plus signs in a key are not decoded"
                percent_literal unless records after key_identity::letter_case, key_identity::common_prefix;
                "KEY-1: composed and decomposed forms of a character are different keys"
                unicode_forms unless records after key_identity::letter_case;
                "KEY-1: a NUL in a key does not end it"
                nul_inside unless records after key_identity::common_prefix;
                "KEY-1: white space in a key, and at its ends, belongs to it"
                trailing_space_and_newline unless records after key_identity::common_prefix;
                "KEY-1: keys that are not UTF-8 are told apart byte by byte"
                non_utf8 unless records after key_identity::nul_inside, key_identity::slashes_literal;
                "KEY-1: the empty key is a key like any other"
                empty_key unless records after key_identity::common_prefix;
                "KEY-1: keys of a few bytes are keys like any other"
                short_keys unless records
                    after key_identity::unicode_forms, key_identity::empty_key,
                      key_identity::weak_hash_collisions, key_identity::slashes_literal;
                "KEY-1: the order of the bytes in a key matters"
                reversed_bytes unless records after key_identity::common_prefix;
                "KEY-1: keys that look like the same number are different keys"
                leading_zeros unless records after key_identity::common_prefix;
                "KEY-1: long keys that differ in a single byte are different keys"
                long_keys_differ_in_one_byte unless records after key_identity::common_prefix;
                "KEY-1: keys of tens of thousands of bytes that differ in a single byte are different keys"
                very_long_keys_differ_in_one_byte unless records after key_identity::long_keys_differ_in_one_byte;
                "KEY-1: keys that differ in one byte are different keys, whichever two bytes these are"
                each_byte_counts unless records after key_identity::slashes_literal, key_identity::leading_zeros;
                "KEY-1: keys with the same 16-bit or 32-bit hash are different keys"
                weak_hash_collisions unless records
                    after timeouts::generous_changes_nothing, concurrency::puts_amid_each_other, concurrency::gets_amid_each_other;
                "KEY-1: a long key and its hash are different keys"
                hashes_of_long_keys unless records
                    after key_identity::non_utf8, key_identity::leading_zeros, round_trip::many_puts_evict_nothing;
                "KEY-1: the border between a key and its value cannot be moved by a separator"
                separator_confusion unless records after key_identity::long_keys_differ_in_one_byte;
                "KEY-1: wildcards, operators and quotes in a key stand for themselves"
                patterns_literal unless records after key_identity::slashes_literal;
                "KEY-1: a key is not the name of a file, and nothing is put beside it"
                file_names_literal unless records after key_identity::percent_literal;
                "KEY-1: a key with something before or behind it is another key"
                keys_made_of_keys unless records after key_identity::short_keys, key_identity::file_names_literal;
                "KEY-1: keys that are words with a meaning elsewhere are keys like any other"
                reserved_names unless records
                    after key_identity::letter_case, key_identity::leading_zeros, key_identity::each_byte_counts;
                "KEY-1: a key and its hexadecimal, base64 or quoted form are different keys"
                encodings_literal unless records
                    after key_identity::percent_literal, key_identity::trailing_space_and_newline, key_identity::nul_inside;
            }

            value_fidelity after round_trip::put_then_get {
                "VAL-1: the empty value comes back as the empty value"
                empty unless records;
                "VAL-1: each of the 256 bytes comes back as it was"
                all_256_bytes unless records after round_trip::many_keys_each_their_own;
                "VAL-1: NULs and line ends in a value come back as they were"
                nul_and_line_ends unless records after round_trip::many_keys_each_their_own;
                "VAL-1: white space at the ends of a value comes back"
                leading_and_trailing_space unless records after round_trip::many_keys_each_their_own;
                "VAL-1: a value that is text is not normalised"
                unicode_forms unless records after round_trip::many_keys_each_their_own;
                "VAL-1: a value need not be UTF-8"
                invalid_utf8 unless records after round_trip::many_keys_each_their_own;
                "VAL-1: a value that looks encoded or compressed is not decoded"
                looks_encoded unless records after value_fidelity::all_256_bytes;
                "VAL-1: a value that means elsewhere that there is none is a value"
                sentinels unless records after value_fidelity::leading_and_trailing_space, value_fidelity::invalid_utf8;
                "VAL-1: a value that is a key, its own or another's, is not followed"
                a_key_as_a_value unless records after round_trip::many_keys_each_their_own;
                "VAL-1: values whose lengths are at and around powers of two come back whole"
                lengths_around_powers unless records after value_fidelity::all_256_bytes;
                "VAL-1: a value that repeats itself comes back whole"
                repetitive unless records after value_fidelity::lengths_around_powers, value_fidelity::all_256_bytes;
                "VAL-1: a value of a mebibyte, or of the store's limit, comes back in order"
                one_mebibyte_patterned unless records after value_fidelity::all_256_bytes;
                "VAL-1: values of the same length and the same weak hash are kept apart"
                same_length_values_kept_apart unless records after overwrite::second_put_wins, concurrency::puts_amid_each_other;
                "PUT-2: of keys with equal values, a put to one leaves the others theirs"
                equal_values_change_apart unless records
                    after value_fidelity::same_length_values_kept_apart, overwrite::never_reverts;
            }

            timeouts after round_trip::put_then_get {
                "TIME-2: a generous timeout changes nothing"
                generous_changes_nothing after missing::unknown_key_is_not_found;
                "TIME-2: with a timeout of zero, a call ends at once, with its result or with Timeout"
                zero_is_prompt;
                "TIME-2: a timeout of a nanosecond is a timeout"
                one_nanosecond_is_not_none after timeouts::zero_is_prompt;
                "TIME-2: the longest timeout does not overflow"
                maximum_does_not_overflow after timeouts::generous_changes_nothing;
                "TIME-2: timeouts of years are long, not over"
                huge_is_not_expired;
                "TIME-3: a short timeout does not outlive its call"
                short_then_none after overwrite::never_reverts;
                "TIME-3: a long timeout does not outlive its call"
                long_then_short after timeouts::short_then_none, timeouts::zero_is_prompt;
                "TIME-3: a short timeout does not end the calls beside it"
                beside_each_other after timeouts::short_then_none, timeouts::zero_is_prompt;
                "TIME-1: a get of a missing key with a short timeout ends with NotFound or Timeout, in time"
                missing_key_in_time after timeouts::zero_is_prompt;
                "TIME-4: after a put that timed out, the key has its old value or the new one, whole"
                timed_out_put_is_whole after overwrite::never_reverts, value_fidelity::lengths_around_powers;
                "TIME-1: a call that takes longer than its timeout ends with Timeout, in time"
                timeout_during_the_call after overwrite::never_reverts;
                "TIME-1: a call does not end with Timeout before its timeout has passed"
                never_early after timeouts::short_then_none, timeouts::zero_is_prompt, missing::miss_then_put_then_get;
                "TIME-1: a call that has to wait for others ends in time, too"
                behind_other_calls after timeouts::short_then_none, timeouts::beside_each_other;
                "TIME-4: a store works on after many calls with timeouts that passed"
                many_timeouts_then_usable after timeouts::short_then_none, timeouts::zero_is_prompt;
            }

            options after overwrite::never_reverts {
                "OPT-1: put ignores an option that it does not know"
                unknown_on_put;
                "OPT-1: get ignores an option that it does not know"
                unknown_on_get after options::unknown_on_put;
                "OPT-1: an unknown option is ignored whatever JSON value it has"
                unknown_with_every_json_type after options::unknown_on_put;
                "OPT-1: unknown options are ignored, however many there are"
                many_unknown after options::unknown_with_every_json_type;
                "OPT-1: unknown options whose names resemble known ones are ignored"
                names_like_known_ones after options::unknown_with_every_json_type;
                "OPT-1: options that mean something to other stores are ignored by a store that does not know them"
                names_known_elsewhere after options::names_like_known_ones, missing::many_misses_then_usable;
                "OPT-1: an option of one call, whatever it means, changes no other call"
                nothing_leaks_from_names_known_elsewhere
                    after options::nothing_leaks_to_the_next_call, missing::reserved_names_are_missing;
                "OPT-1: an additional option that is called `timeout` is not the call's timeout"
                additional_timeout_is_none after options::unknown_with_every_json_type;
                "OPT-1: unknown options with odd names are ignored"
                odd_names after options::unknown_with_every_json_type;
                "OPT-1: a timeout works beside unknown options"
                known_timeout_still_works_beside_unknown
                    after options::unknown_with_every_json_type, timeouts::never_early, timeouts::timeout_during_the_call;
                "OPT-1: the options of one call are forgotten by the next"
                nothing_leaks_to_the_next_call after options::unknown_with_every_json_type, timeouts::short_then_none;
                "OPT-1: options are not part of the key"
                same_key_with_and_without_options after missing::miss_then_put_then_get;
                "OPT-1: an error is the same with unknown options as without"
                missing_key_with_unknown_options after missing::miss_answers_in_time, options::unknown_on_get;
                "DUR-1: a put with unknown options is there when the store is opened again"
                put_with_options_survives if durable after options::same_key_with_and_without_options, durable::value_survives;
            }

            provenance {
                "FROM-1: from names a member of the store's network, at every get"
                from_is_always_a_member after round_trip::get_repeats;
                "FROM-1: from names a member when the value was replaced"
                from_survives_overwrite after provenance::from_is_always_a_member, overwrite::empty_value_replaces;
                "FROM-1: from names a member for each of many keys read side by side"
                from_per_key after round_trip::many_keys_each_their_own;
                "FROM-1: from names a member whatever bytes the key has, and however long it is"
                from_whatever_the_key unless records after provenance::from_per_key;
                "FROM-1: from names a member whatever the value's length, the timeout and the options"
                from_whatever_the_call after overwrite::empty_value_replaces, value_fidelity::lengths_around_powers;
                "FROM-1: from names a member after calls that found nothing or were dropped"
                from_after_a_call_that_found_nothing after provenance::from_is_always_a_member, missing::miss_inserts_nothing;
                "VAL-1: what a get returned can be put again, and does not grow"
                value_has_no_envelope unless records after round_trip::put_then_get;
            }

            concurrency after overwrite::second_put_wins {
                "CON-1: puts to different keys at the same time all land"
                distinct_keys_all_land;
                "CON-1: of puts to one key at the same time, one wins, whole"
                same_key_one_whole_value after concurrency::distinct_keys_all_land, value_fidelity::lengths_around_powers;
                "CON-1: a get beside a put returns the old value or the new one, whole"
                read_beside_write_old_or_new after concurrency::same_key_one_whole_value;
                "PUT-1: a put that has returned is seen by every other task"
                completed_put_seen_by_other_tasks after round_trip::ok_means_visible;
                "CON-1: tasks that put and get in turn all have the newest value"
                tasks_keep_nothing_to_themselves
                    after overwrite::hundred_overwrites_last_wins, overwrite::same_value_again_is_ok;
                "CON-1: threads that put and get in turn all have the newest value"
                threads_keep_nothing_to_themselves
                    after concurrency::tasks_keep_nothing_to_themselves, factory::store_moves_between_tasks;
                "PUT-1: a get does not return a value that was replaced before the get began"
                reads_do_not_go_back;
                "CON-1: a key that has a value is not missing while puts go on"
                misses_beside_puts after concurrency::distinct_keys_all_land, missing::miss_then_put_then_get;
                "CON-1: gets of different keys at the same time return each their own value"
                gets_side_by_side;
                "PUT-1: a put that ends while a get is under way is seen by every get after it"
                put_amid_a_get after value_fidelity::lengths_around_powers, timeouts::beside_each_other;
                "GET-2: a miss that is under way while a put ends does not hide it"
                put_amid_a_miss after missing::miss_then_put_then_get;
                "CON-1: a large put beside small calls keeps none of them from ending"
                large_put_beside_small_calls after value_fidelity::lengths_around_powers, concurrency::read_beside_write_old_or_new;
                "CON-1: a get that begins amid a put returns the old value or the new one, whole"
                get_amid_a_put after timeouts::long_then_short, value_fidelity::lengths_around_powers;
                "CON-1: of two puts to one key, one amid the other, one wins, whole"
                put_amid_a_put after round_trip::many_keys_each_their_own, value_fidelity::lengths_around_powers;
                "PUT-1: a put is not taken for a repetition of the same put, which is still under way"
                same_put_amid_a_put after round_trip::many_keys_each_their_own;
                "CON-1: two puts to different keys, one amid the other, both land"
                puts_amid_each_other;
                "CON-1: two gets of different keys, one amid the other, return each their own value"
                gets_amid_each_other;
            }

            cancellation after overwrite::second_put_wins {
                "DROP-1: a call that is dropped before its first poll has no effect"
                dropped_before_first_poll after overwrite::never_reverts;
                "DROP-1: a put dropped at any await point leaves the old value or the new one, whole"
                dropped_put_at_every_await_point after overwrite::never_reverts, concurrency::read_beside_write_old_or_new;
                "DROP-1: a large put dropped at any await point leaves the old value or the new one, whole"
                dropped_large_put_at_every_await_point after cancellation::dropped_put_at_every_await_point;
                "DROP-1: a first put dropped at any await point leaves the key missing or with the value, whole"
                dropped_first_put_is_whole after cancellation::dropped_put_at_every_await_point;
                "DROP-1: a get dropped at any await point changes nothing"
                dropped_get_harms_nothing after overwrite::never_reverts;
                "DROP-1: when a call is dropped at any await point, those beside it go on"
                dropped_call_harms_none_beside_it after cancellation::many_dropped_then_usable, concurrency::put_amid_a_put;
                "DROP-1: a store works on after many dropped calls"
                many_dropped_then_usable
                    after cancellation::dropped_put_at_every_await_point, cancellation::dropped_get_harms_nothing;
            }

            model after round_trip::put_then_get {
                "PUT-1: random puts and gets of a few keys return what a map returns"
                random_operations_match_a_map
                    after overwrite::never_reverts, missing::miss_then_put_then_get, overwrite::same_value_again_is_ok;
                "VAL-1: random puts and gets of odd, empty or long values by keys that are easily confused match a map"
                with_any_keys_and_values unless records
                    after model::random_operations_match_a_map, overwrite::empty_value_replaces, key_identity::each_byte_counts,
                      value_fidelity::sentinels;
                "TIME-4: random calls, some with options or short timeouts and some dropped, return what they may"
                with_options_and_timeouts
                    after model::random_operations_match_a_map, cancellation::many_dropped_then_usable,
                      options::unknown_with_every_json_type, timeouts::timed_out_put_is_whole;
                "DUR-1: random calls with restarts between them return what they may"
                with_reopening if durable
                    after model::with_options_and_timeouts, durable::overwrite_survives, durable::binary_and_empty_survive;
                "SHR-1: random puts and gets through several handles return what one map returns"
                with_peers if shared after model::random_operations_match_a_map, shared::other_handle_sees_overwrite;
            }

            settled after overwrite::second_put_wins {
                "SET-1: a put whose future was dropped does not land later, over a newer one"
                dropped_put_never_lands_later if settled after cancellation::dropped_put_at_every_await_point;
                "SET-1: a put that timed out does not land later, over a newer one"
                timed_out_put_never_lands_later if settled
                    after timeouts::timed_out_put_is_whole, timeouts::timeout_during_the_call;
                "SET-1: when a put was dropped or timed out, what the key holds is decided"
                outcome_is_decided if settled after cancellation::many_dropped_then_usable, timeouts::timed_out_put_is_whole;
                "SET-1: a put that was refused does not land later, over a newer one"
                refused_put_never_lands_later if settled, max_value_len unless records
                    after limits::value_over_the_limit_is_refused;
                "SET-1: a put that timed out in a stall does not land later, over a newer one"
                stalled_put_never_lands_later if settled, faults;
                "SET-1: a put that failed in an outage does not land later, over a newer one"
                failed_put_never_lands_later if settled, faults;
            }

            limits after overwrite::second_put_wins {
                "LIM-1: a value of the greatest length comes back"
                value_at_the_limit_is_kept if max_value_len unless records after value_fidelity::all_256_bytes;
                "LIM-1: a value that is longer than the greatest length, by one byte or many, is InvalidValue"
                value_over_the_limit_is_refused if max_value_len unless records after missing::miss_inserts_nothing;
                "LIM-1: a value that is refused leaves the old one in place"
                refusal_keeps_the_old_value if max_value_len unless records
                    after limits::value_over_the_limit_is_refused, overwrite::never_reverts;
                "LIM-1: a store works on after many refusals"
                many_refusals_then_usable if max_value_len unless records after limits::value_over_the_limit_is_refused;
                "LIM-1: a value that was refused is not there when the store is opened again"
                refused_value_stays_away if max_value_len, durable unless records
                    after limits::value_over_the_limit_is_refused, durable::value_survives;
                "LIM-1: a key of the greatest length is a key like any other"
                key_at_the_limit_is_kept if max_key_len unless records after key_identity::long_keys_differ_in_one_byte;
                "LIM-1: a key that is longer than the greatest length, by one byte or many, is InvalidKey"
                key_over_the_limit_is_refused if max_key_len unless records after limits::key_at_the_limit_is_kept;
                "LIM-1: a store works on after many calls whose keys are too long"
                many_long_keys_then_usable if max_key_len unless records after limits::key_over_the_limit_is_refused;
                "LIM-1: a key that was refused is not there when the store is opened again"
                refused_key_stays_away if max_key_len, durable unless records
                    after limits::key_over_the_limit_is_refused, durable::value_survives;
            }

            records after round_trip::put_then_get {
                "REC-1: a record that is older than the one that the key has is refused, and changes nothing"
                older_is_refused if records;
                "REC-1: the record that a key has can be put again"
                same_again_is_ok if records;
                "REC-1: of records that are put to one key at the same time, the newest wins"
                newest_of_several_wins if records;
                "REC-1: a value that is no valid record of its key is refused, and changes nothing"
                invalid_is_refused if records;
                "REC-1: a record that is older than the one that the key has is refused when the store is opened again"
                older_is_refused_after_reopening if records, durable after records::older_is_refused, durable::value_survives;
            }

            durable after overwrite::second_put_wins {
                "DUR-1: a value is there when the store is opened again"
                value_survives if durable;
                "DUR-1: a replaced value stays replaced when the store is opened again"
                overwrite_survives if durable after durable::value_survives;
                "DUR-1: of several puts to one key, the last is there when the store is opened again"
                last_of_several_puts_survives if durable after durable::overwrite_survives, overwrite::never_reverts;
                "DUR-1: long keys and long values are whole when the store is opened again"
                lengths_survive if durable after durable::overwrite_survives, value_fidelity::lengths_around_powers;
                "DUR-1: keys that are easily confused are told apart when the store is opened again"
                confusable_keys_survive if durable
                    after durable::value_survives, key_identity::each_byte_counts, key_identity::nul_inside,
                      key_identity::unicode_forms;
                "DUR-1: keys of a few bytes are told apart when the store is opened again"
                short_keys_survive if durable unless records
                    after key_identity::short_keys, durable::binary_and_empty_survive,
                      durable::last_of_several_puts_survives;
                "DUR-1: a name that means something elsewhere is missing, or has its value, when the store is opened again"
                reserved_names_survive if durable unless records
                    after key_identity::reserved_names, missing::reserved_names_are_missing,
                      durable::many_reopenings, durable::confusable_keys_survive;
                "DUR-1: more than a thousand keys are there when the store is opened again"
                many_keys_survive if durable after durable::value_survives, round_trip::many_puts_evict_nothing;
                "FROM-1: from names a member when the store is opened again"
                from_survives if durable after durable::value_survives, provenance::from_is_always_a_member;
                "DUR-1: a put that was dropped harms nothing that was acknowledged, before it or after it"
                dropped_put_harms_nothing_acknowledged if durable
                    after durable::overwrite_survives, cancellation::dropped_put_at_every_await_point;
                "DUR-1: a put that was dropped is whole or absent when the store is opened again"
                dropped_put_is_whole_after_reopening if durable
                    after durable::overwrite_survives, cancellation::dropped_put_at_every_await_point;
                "DUR-1: a missing key is missing when the store is opened again"
                missing_stays_missing if durable after durable::value_survives, missing::miss_inserts_nothing;
                "DUR-1: binary keys and values, the empty ones included, are there when the store is opened again"
                binary_and_empty_survive if durable unless records
                    after durable::value_survives, value_fidelity::sentinels, key_identity::non_utf8;
                "DUR-1: values from before each of many restarts are there after the last"
                many_reopenings if durable after durable::last_of_several_puts_survives, overwrite::hundred_overwrites_last_wins;
                "DUR-1: a restart right after a put has returned Ok does not lose it"
                last_acknowledged_write_survives if durable after round_trip::many_keys_each_their_own;
                "DUR-1: a store that was opened again works like a new one"
                works_after_reopening if durable
                    after durable::value_survives, overwrite::never_reverts, missing::miss_then_put_then_get;
            }

            killed after durable::last_acknowledged_write_survives {
                "DUR-2: a value is there after the process was killed, once put has returned Ok"
                right_after_ok if durable;
                "DUR-2: a replaced value stays replaced after the process was killed, once put has returned Ok"
                overwrite_right_after_ok if durable after killed::right_after_ok;
                "DUR-2: each of many values is there after the process was killed, once their puts have returned Ok"
                many_right_after_ok if durable after killed::right_after_ok, round_trip::many_keys_each_their_own;
                "DUR-2: when the process was killed amid puts, those that returned Ok are there, and another is whole or absent"
                amid_puts if durable after killed::right_after_ok;
                "DUR-2: when the process was killed amid an overwrite, the key has its old value or the new one, whole"
                amid_an_overwrite if durable after killed::overwrite_right_after_ok;
                "DUR-2: when the process was killed amid puts at the same time, those that returned Ok are there"
                amid_concurrent_puts if durable after killed::amid_puts, concurrency::distinct_keys_all_land;
                "DUR-2: when the process was killed amid a large put, its value is whole or absent"
                amid_a_large_put if durable after killed::amid_an_overwrite, durable::lengths_survive;
                "DUR-2: a process that is killed while it opens the store loses nothing"
                while_opening if durable after killed::many_right_after_ok;
                "DUR-2: twenty processes, each of them killed, lose nothing"
                many_times if durable after killed::overwrite_right_after_ok, durable::many_reopenings;
                "DUR-2: what a killed process leaves keeps the next one from nothing, and is no key"
                with_what_a_killed_process_leaves if durable after killed::amid_an_overwrite;
                "DUR-2: after a kill, a put that was dropped or timed out is whole or absent"
                dropped_and_timed_out_puts_are_whole if durable
                    after killed::overwrite_right_after_ok, durable::dropped_put_is_whole_after_reopening;
                "DUR-2: a missing key is missing after the process was killed, and a replaced value does not come back"
                missing_stays_missing if durable after killed::overwrite_right_after_ok, durable::missing_stays_missing;
                "FROM-1: from names a member after the process was killed"
                from_survives if durable after killed::right_after_ok, durable::from_survives;
            }

            power_loss after killed::right_after_ok {
                "PWR-1: a value is there after the power has gone, once put has returned Ok"
                acknowledged_survives if power_loss, disk;
                "PWR-1: a replaced value stays replaced after the power has gone, once put has returned Ok"
                overwrite_survives if power_loss, disk after power_loss::acknowledged_survives;
                "PWR-1: each of many values is there after the power has gone, once their puts have returned Ok"
                many_survive if power_loss, disk after power_loss::acknowledged_survives;
                "PWR-1: a value of many pages is there after the power has gone, once put has returned Ok"
                large_value_survives if power_loss, disk after power_loss::overwrite_survives;
                "PWR-1: when the power has gone amid an overwrite, the key has its old value or the new one, whole"
                overwrite_is_old_or_new if power_loss, disk
                    after power_loss::overwrite_survives, killed::amid_an_overwrite;
                "PWR-1: when the power has gone amid puts, those that returned Ok are there, and another is whole or absent"
                unacknowledged_is_whole_or_absent if power_loss, disk
                    after power_loss::acknowledged_survives, killed::amid_puts;
                "PWR-1: when the power has gone amid a large put, its value is whole or absent"
                large_put_is_whole_or_absent if power_loss, disk
                    after power_loss::overwrite_is_old_or_new, power_loss::large_value_survives, killed::amid_a_large_put;
                "PWR-1: when the power has gone amid puts at the same time, those that returned Ok are there"
                amid_concurrent_puts if power_loss, disk
                    after power_loss::unacknowledged_is_whole_or_absent, killed::amid_concurrent_puts;
                "PWR-1: when the power goes while the store is opened, nothing is lost"
                while_opening if power_loss, disk after power_loss::many_survive, killed::while_opening;
                "PWR-1: when the power goes twenty times, nothing is lost"
                many_cuts if power_loss, disk after power_loss::overwrite_survives, killed::many_times;
                "PWR-1: a missing key is missing after the power has gone, and a replaced value does not come back"
                missing_stays_missing if power_loss, disk
                    after power_loss::overwrite_survives, killed::missing_stays_missing;
            }

            disk_faults after killed::overwrite_right_after_ok {
                "DSK-1: a put for which there is no room fails, and what was there stays"
                full_is_an_error if disk_faults, disk;
                "DSK-1: when there is room again, the store works again, at the latest when it is opened again"
                full_then_room_again if disk_faults, disk after disk_faults::full_is_an_error;
                "DSK-1: a put for which the disk fails to write is no Ok that loses the value, and the store recovers"
                failed_write_is_an_error if disk_faults, disk;
                "DSK-1: a put for which the disk fails to sync loses nothing else, and the store recovers"
                failed_sync_is_an_error if disk_faults, disk;
                "DSK-1: what was acknowledged is there after the power has gone, though a sync had failed before"
                failed_sync_is_no_ok if disk_faults, power_loss, disk
                    after power_loss::acknowledged_survives, disk_faults::failed_sync_is_an_error;
                "DSK-1: a get for which the disk fails to read is neither NotFound nor a wrong value"
                failed_read_is_not_missing if disk_faults, disk;
                "DSK-1: nothing is lost when the store is opened, or cannot be opened, while the disk is full or fails"
                failing_while_opening if disk_faults, disk after disk_faults::failed_read_is_not_missing, killed::while_opening;
                "DSK-1: calls with a timeout end in time while the disk hangs, and the store works again afterwards"
                stall_is_a_timeout if disk_faults, disk;
            }

            shared after round_trip::put_then_get {
                "SHR-1: handles onto one world see each other's puts"
                other_handle_sees_put if shared;
                "SHR-1: handles onto one world see each other's long values, whole"
                other_handle_sees_long_values if shared;
                "SHR-1: handles onto one world see that others have replaced a value"
                other_handle_sees_overwrite if shared after shared::other_handle_sees_put;
                "SHR-1: handles onto one world tell apart keys that are easily confused"
                confusable_keys_are_told_apart if shared
                    after shared::other_handle_sees_put, key_identity::slashes_literal, key_identity::percent_literal,
                      key_identity::nul_inside, key_identity::unicode_forms;
                "SHR-1: that a handle has missed a key does not hide it when another puts it"
                miss_hides_no_put_of_another if shared after shared::other_handle_sees_put;
                "SHR-1: a handle that is opened later sees what was put before"
                late_handle_sees_old_values if shared after shared::other_handle_sees_put;
                "SHR-1: puts of several handles to different keys at the same time all land"
                puts_of_several_handles_all_land if shared after shared::other_handle_sees_put;
                "FROM-1: from names a member, whichever handle put the value"
                from_is_a_member if shared after shared::other_handle_sees_put;
                "SHR-1: a handle that is dropped takes nothing with it that was acknowledged"
                handle_may_leave if shared after shared::late_handle_sees_old_values;
                "SHR-1: what was put stays while each handle hands over to the next"
                handles_may_come_and_go if shared after shared::late_handle_sees_old_values;
            }

            convergent after shared::other_handle_sees_put {
                "CVG-1: when the writers of a key have gone quiet, every handle reads the same value"
                writers_go_quiet_on_one_value if convergent;
                "CVG-1: the value that all handles have come to read stays, and later handles read it too"
                agreement_lasts if convergent after convergent::writers_go_quiet_on_one_value;
            }

            monotonic after overwrite::second_put_wins {
                "MON-1: a handle that has read the value of a put that is under way reads no older one"
                gets_amid_a_put if monotonic after concurrency::get_amid_a_put;
                "MON-1: a key whose value a handle has read is not missing to it later"
                found_is_not_missing_again if monotonic, shared after shared::miss_hides_no_put_of_another;
                "MON-1: a handle that has read what another put reads no older value"
                gets_of_what_another_puts if monotonic, shared
                    after monotonic::found_is_not_missing_again, shared::other_handle_sees_overwrite;
                "MON-1: what a get reads that takes long does not take its handle back"
                slow_get_takes_nothing_back if monotonic, shared
                    after monotonic::gets_of_what_another_puts, concurrency::put_amid_a_get;
                "MON-1: a handle that reads many keys by turns reads no older value of any"
                many_keys_by_turns if monotonic, shared
                    after monotonic::gets_of_what_another_puts, round_trip::many_keys_each_their_own;
                "MON-1: of the threads that read through one handle, none reads an older value than another has read before"
                gets_of_several_threads if monotonic
                    after monotonic::gets_amid_a_put, monotonic::gets_of_what_another_puts, concurrency::reads_do_not_go_back;
                "MON-1: an outage does not take a handle back, while it lasts or afterwards"
                outage_takes_nothing_back if monotonic, shared, faults
                    after monotonic::gets_of_what_another_puts, faults::heals_after_stall, faults::heals_after_cut;
            }

            faults after overwrite::second_put_wins {
                "FLT-1: a put that stalls ends with Timeout when its timeout has passed, and soon after"
                stalled_put_times_out if faults;
                "FLT-1: a get that stalls ends with Timeout when its timeout has passed, and soon after"
                stalled_get_times_out if faults;
                "FLT-1: a timeout of less than a millisecond ends a call that stalls"
                sub_millisecond_timeout_still_fires if faults after faults::stalled_get_times_out;
                "FLT-1: the timeout of a call covers all that the call does, and not its first step alone"
                timeout_covers_the_whole_call if faults after faults::stalled_put_times_out;
                "TIME-1: the fraction of a second in a timeout counts"
                fractions_of_a_timeout_count if faults after faults::stalled_calls_hold_up_no_other;
                "FLT-1: a call that stalls twice has one timeout"
                timeouts_do_not_add_up if faults after faults::timeout_covers_the_whole_call;
                "TIME-4: a put that stalls halfway leaves the old value or the new one, whole"
                step_amid_a_put_leaves_it_whole if faults after value_fidelity::lengths_around_powers;
                "FLT-1: however long a timeout is, it does not pass in a short stall"
                long_timeouts_outlast_a_stall if faults after faults::stalled_without_timeout_waits_then_finishes;
                "FLT-1: calls that stall do not hold up the timeouts of others"
                stalled_calls_hold_up_no_other if faults after faults::stalled_get_times_out;
                "FLT-1: a call that is stuck at the backend holds up no call with another key, even without a timeout"
                stuck_calls_hold_up_no_other if faults after faults::stalled_calls_hold_up_no_other;
                "FLT-1: a call without a timeout that stalls ends when the stall is over"
                stalled_without_timeout_waits_then_finishes if faults;
                "TIME-3: in a stall, a call is not ended by the timeout of an earlier one"
                timeouts_do_not_outlive_their_calls if faults
                    after faults::stalled_put_times_out, faults::missing_is_not_cached_from_an_outage;
                "TIME-3: when a stalled call times out or is dropped, those beside it go on"
                given_up_calls_end_no_other if faults;
                "ERR-1: while the backend is cut off, a value that was put is not NotFound"
                cut_is_an_error_not_missing if faults;
                "ERR-1: while the backend is cut off, a put is not Ok"
                cut_put_is_not_ok if faults;
                "TIME-1: while the backend is cut off, a call ends at the latest when its timeout has passed"
                cut_calls_end_in_time if faults after faults::cut_is_an_error_not_missing;
                "TIME-1: a cut ends no call with Timeout, unless its timeout has passed"
                cut_is_no_timeout if faults
                    after faults::cut_without_timeout_ends, faults::missing_is_not_cached_from_an_outage;
                "ERR-1: calls that are under way when the backend is cut off fail, and not with NotFound"
                cut_amid_calls_is_an_error if faults after faults::cut_is_an_error_not_missing;
                "ERR-1: a put that is cut off halfway is there if it was Ok"
                cut_amid_a_put_is_told_truly if faults after faults::cut_put_is_not_ok;
                "FLT-1: a call without a timeout that is cut off ends, at the latest when the backend is back"
                cut_without_timeout_ends if faults;
                "FLT-1: after a stall in which many calls timed out, the store works again"
                heals_after_stall if faults after faults::stalled_get_times_out;
                "FLT-1: after a stall in which many calls were dropped, the store works again"
                heals_after_dropped_calls if faults after faults::heals_after_stall;
                "FLT-1: when the backend was cut off and is back, the store works again"
                heals_after_cut if faults after faults::cut_is_an_error_not_missing;
                "FLT-1: keys whose calls failed in an outage can be got and put after it"
                failed_calls_leave_their_keys_usable if faults
                    after faults::heals_after_stall, faults::cut_calls_end_in_time;
                "FLT-1: what a key has is not taken from an outage"
                missing_is_not_cached_from_an_outage if faults after faults::stalled_get_times_out;
                "FLT-1: what was acknowledged before an outage is there after it"
                acknowledged_survives_outage if faults;
                "DUR-1: a restart after an outage finds all that was acknowledged, and what failed whole or absent"
                outages_take_nothing_from_a_restart if faults, durable;
            }

            linearizable after overwrite::second_put_wins {
                "LIN-1: the puts and gets of several threads on one key have an order that explains all they return"
                one_register if linearizable after monotonic::gets_amid_a_put, monotonic::gets_of_several_threads;
                "LIN-1: calls on several keys at the same time have, key by key, an order that explains all they return"
                several_registers if linearizable after monotonic::gets_amid_a_put, monotonic::gets_of_several_threads;
                "LIN-1: a put that timed out or was dropped happens once, at any later time, or never"
                with_timed_out_and_dropped_calls if linearizable after linearizable::one_register;
            }
        }
    };
}

/// One case of the suite.
pub(crate) struct Case {
    pub(crate) family: &'static str,
    /// The family and the name: `overwrite::second_put_wins`.
    pub(crate) path: &'static str,
    /// The id of the rule, and the sentence that says what the store must do.
    pub(crate) rule: &'static str,
    /// The case runs only if the attribute has all of these words. `disk` is none: it stands for a disk that can fail.
    pub(crate) needs: &'static [&'static str],
    /// The case does not run if the attribute has one of these words.
    pub(crate) unless: &'static [&'static str],
    /// The cases that all of the family stand on, and those that this one stands on besides.
    after: [&'static [&'static str]; 2],
    pub(crate) body: for<'a> fn(&'a Session) -> Pin<Box<dyn Future<Output = Verdict> + 'a>>,
}

impl Case {
    pub(crate) fn named(path: &str) -> &'static Self {
        let case = CASES.iter().find(|case| case.path == path);
        case.unwrap_or_else(|| panic!("the suite has no case `{path}`"))
    }

    /// What the case lacks in this process: a disk that can fail.
    pub(crate) fn lacks(&self) -> Option<&'static str> {
        self.needs.contains(&"disk").then(Disk::unusable).flatten()
    }

    /// Whether `name` is the path of this case, or the name of its family.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        name == self.path || name == self.family
    }

    /// The cases that this one stands on. They stand on others in turn.
    pub(crate) fn grounds(&self) -> impl Iterator<Item = &'static Self> {
        self.after.into_iter().flatten().filter(|ground| **ground != self.path).map(|ground| Self::named(ground))
    }

    /// Whether another case stands on this one.
    pub(crate) fn is_ground(&self) -> bool {
        static GROUNDS: LazyLock<HashSet<&str>> =
            LazyLock::new(|| CASES.iter().flat_map(Case::grounds).map(|ground| ground.path).collect());
        GROUNDS.contains(self.path)
    }
}

macro_rules! table {
    ({} $($family:ident $(after $($of_all:ident::$of_all_case:ident),+)? {
        $($rule:literal $name:ident $(if $($need:ident),+)? $(unless $($word:ident),+)? $(after $($ground:ident::$ground_case:ident),+)?;)*
    })*) => {
        $(mod $family {
            /// What every case of the family stands on.
            pub(super) const GROUNDS: &[&str] = &[$($(concat!(stringify!($of_all), "::", stringify!($of_all_case))),+)?];
        })*

        /// Every case, in the order of the list.
        pub(crate) static CASES: &[Case] = &[$($(Case {
            family: stringify!($family),
            path: concat!(stringify!($family), "::", stringify!($name)),
            rule: $rule,
            needs: &[$($(stringify!($need)),+)?],
            unless: &[$($(stringify!($word)),+)?],
            after: [$family::GROUNDS, &[$($(concat!(stringify!($ground), "::", stringify!($ground_case))),+)?]],
            body: |session| Box::pin(cases::$family::$name(session)),
        },)*)*];
    };
}

crate::__suite!(table {});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The ids of the rules in the documentation of the trait. Each rule there begins with `- **ID**`.
    fn rules_of_the_contract() -> BTreeSet<&'static str> {
        let lines = include_str!("../store.rs").lines();
        let rules = lines.filter_map(|line| line.strip_prefix("/// - **")?.split_once("**"));
        rules.map(|(id, _)| id).collect()
    }

    #[test]
    fn every_rule_has_a_case_and_every_case_a_rule() {
        let id = |case: &Case| case.rule.split_once(": ").expect("an id, a colon and a sentence").0;
        let in_the_suite: BTreeSet<_> = CASES.iter().map(id).collect();
        let in_the_contract = rules_of_the_contract();
        assert!(in_the_contract.len() > 20, "the contract was read");
        assert_eq!(in_the_suite, in_the_contract);
    }

    /// The cases below this one. Fails if it is among them.
    fn below(case: &Case, above: &mut Vec<&'static str>) -> BTreeSet<&'static str> {
        assert!(!above.contains(&case.path), "{} stands on itself: {above:?}", case.path);
        above.push(case.path);
        let below = case.grounds().flat_map(|ground| {
            let mut all = below(ground, above);
            all.insert(ground.path);
            all
        });
        let below = below.collect();
        above.pop();
        below
    }

    #[test]
    fn every_case_stands_on_the_simplest_two_and_none_on_itself() {
        const SIMPLEST: [&str; 2] = ["round_trip::put_then_get", "missing::unknown_key_is_not_found"];
        for case in CASES {
            let below = below(case, &mut Vec::new());
            assert!(
                SIMPLEST.contains(&case.path) || SIMPLEST.iter().any(|ground| below.contains(ground)),
                "{}",
                case.path
            );
        }
    }

    #[test]
    fn no_two_cases_say_the_same() {
        let sentences: BTreeSet<_> = CASES.iter().map(|case| case.rule).collect();
        assert_eq!(sentences.len(), CASES.len());
    }
}
