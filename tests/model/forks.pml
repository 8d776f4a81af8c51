/* How threads that fork call for help, as lib/server/lifecycle/forks.h describes it, for the checker
 * spin: who asks whom to look up, when one more helper is called, and when one leaves.
 *
 * Every step here is one access to a word that others see. All accesses are sequentially consistent.
 * The root, member 0, forks FRAMES frames, one after the other, each of which somebody has to take
 * before the next: meanwhile it goes on forking, as a program would, and so looks up whenever it is
 * asked to. What it forks first is of the kind FIRST, and the rest ends at once. A member has one
 * frame at a time. Left out: the word of a deque, see deque.pml; that workers have other jobs to do;
 * time: a helper gives up after any time.
 *
 * What is checked: no call is lost. As the root goes on only when its frame is taken, the search
 * would find a state in which no one can go on. A defect is planted with -D: see run.sh. */
#ifndef HELPERS
#define HELPERS 1
#endif
#ifndef FRAMES
#define FRAMES 2
#endif

#define PLAIN 1 /* ends at once */
#define LONG  2 /* ends when the root does */
#define NEEDY 3 /* forks a LONG one, which has to be taken, and is LONG itself */
#ifndef FIRST
#define FIRST PLAIN
#endif

#define MEMBERS (HELPERS + 1)

/* Of members: the limit is NULL, there is a frame of that kind, others can take it. */
bool is_in[MEMBERS], asked[MEMBERS], is_shared[MEMBERS];
byte kind[MEMBERS];

byte searching, called;
byte working, wanted; /* the state of the offer */
bool root_has_ended;

/* region_want(): in `found`. */
inline want()
{
    atomic {
#ifndef CALL_NOBODY_WHILE_ALL_ARE_THERE
        found = wanted == 0 || wanted + working < HELPERS;
#else
        found = wanted + working < HELPERS;
#endif
        if
        :: found -> wanted++
        :: else
        fi
    }
}

/* call_helper() */
inline call_helper()
{
    if
    :: searching > 0
    :: else ->
        atomic { found = called == 0; called = 1 };
        if
        :: found ->
            want();
            if
            :: found
            :: else -> called = 0
            fi
        :: else
        fi
    fi;
    found = false
}

/* yoke_fork_look() */
inline look_up()
{
    asked[me] = false;
    if
    :: kind[me] != 0 && !is_shared[me] -> is_shared[me] = true
    :: else
    fi;
    call_helper()
}

/* Goes on forking until the frame is taken: only who is asked does anything. */
inline fork(k)
{
    atomic { is_shared[me] = false; kind[me] = k };
    do
    :: kind[me] == 0 -> break
    :: atomic { kind[me] != 0 && asked[me] -> skip };
        look_up()
    od
}

proctype root()
{
    byte me, forked;
    bool found;
    do
    :: forked == FRAMES -> break
    :: else ->
        fork((forked == 0 -> FIRST : PLAIN));
        forked++
    od;
    root_has_ended = true
}

/* ---- helpers --------------------------------------------------------------------------------- */

/* From this one: `frame` is its kind. */
inline take_from(m)
{
    atomic {
        if
        :: is_in[m] && kind[m] != 0 && is_shared[m] ->
            frame = kind[m];
            kind[m] = 0;
            is_shared[m] = false;
            victim = m
        :: else
        fi
    }
}

inline take_any()
{
    member = 0;
    do
    :: member == MEMBERS || frame != 0 -> break
    :: else -> take_from(member); member++
    od;
    member = 0
}

#define HOLDS_BACK(m) (kind[m] != 0 && !is_shared[m])

inline ask_all()
{
    member = 0;
    do
    :: member == MEMBERS -> break
    :: else ->
        if
        :: is_in[member] -> asked[member] = true
        :: else
        fi;
        member++
    od;
    member = 0
}

/* One look at each member: in `found`. */
inline any_has_frames()
{
    found = false;
    member = 0;
    do
    :: member == MEMBERS || found -> break
    :: else ->
        atomic {
            found = is_in[member] && kind[member] != 0;
            member++
        }
    od;
    member = 0
}

inline ask_who_holds_back()
{
    member = 0;
    do
    :: member == MEMBERS -> break
    :: else ->
        if
        :: is_in[member] && HOLDS_BACK(member) && !asked[member] -> asked[member] = true
        :: else
        fi;
        member++
    od;
    member = 0
}

/* search(): in `frame`, or 0. */
inline search()
{
    searching++;
    called = 0;
    do
    :: true ->
        take_any();
        if
        :: frame != 0 -> break
        :: else
        fi;
        ask_who_holds_back()
    :: true -> break /* the time is over */
    od;
    atomic { searching--; last = searching == 0 };
    if
    :: frame == 0 ->
#ifndef LEAVE_WITHOUT_ASKING
        ask_all();
#endif
        take_any()
    :: frame != 0 && last ->
        asked[victim] = true;
#ifndef ASK_THE_VICTIM_ALONE
        any_has_frames();
        if
        :: found -> call_helper()
        :: else -> ask_all()
        fi
#endif
    :: else
    fi;
    atomic { last = false; victim = 0 }
}

inline run_frame()
{
    if
    :: frame == NEEDY -> fork(LONG); root_has_ended
    :: frame == LONG -> root_has_ended
    :: frame == PLAIN
    fi;
    frame = 0
}

/* In a use of its deque, which begins as one that is asked. */
inline help()
{
    atomic { asked[me] = true; kind[me] = 0; is_in[me] = true };
    do
    :: true ->
        search();
        if
        :: frame == 0 -> break
        :: else -> run_frame()
        fi
    od;
    is_in[me] = false;
    called = 0
}

proctype helper(byte me)
{
    byte frame, member, victim;
    bool found, last;
end_asleep:
    do
    :: atomic { wanted > 0 -> wanted--; working++ };
        help();
        working--
    od
}

init
{
    byte i;
    atomic {
        is_in[0] = true;
        asked[0] = true;
        run root();
        for (i : 1 .. HELPERS) {
            run helper(i)
        };
        i = 0
    }
}
