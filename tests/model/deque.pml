/* The deque of a thread that forks, as lib/server/scheduler/deque.h describes it, for the checker
 * spin: the word of the use, of how many frames were taken and of how many are shared, which the
 * owner and thieves change by compare-and-swap.
 *
 * Every step here is one access to a word that others see, or several to what one thread has for
 * itself. All accesses are sequentially consistent. The owner forks, shares and joins at any time, up
 * to FRAMES frames in SLOTS slots, in USES uses; a thief reads the number of a use, and takes with
 * that at any time after. Frames of one slot lie at two addresses in turn: a thread that has the
 * wrong one is found out.
 *
 * What is checked: each frame is called once, in the use that its thief knows of, and each join
 * ends. A defect is planted with -D: see run.sh. */
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef FRAMES
#define FRAMES 4 /* of a use */
#endif
#ifndef USES
#define USES 2
#endif
#ifndef THIEVES
#define THIEVES 2
#endif

#define ADDRESSES (2 * SLOTS)

/* The word. */
byte use, taken, shared;

byte slot[SLOTS];
bool other[SLOTS]; /* which of its two addresses the slot's next frame has */

/* Of frames: waiting to be called, the word of the join, and the use that they are forked in. */
bool waits[ADDRESSES], done[ADDRESSES];
byte forked_in[ADDRESSES];
byte ended; /* uses */

inline call(address)
{
    atomic { assert(waits[address]); waits[address] = false }
}

/* ---- the owner ------------------------------------------------------------------------------- */

/* Frames and `split` are the owner's alone. `done` is left over from what lay there before. */
inline fork()
{
    d_step {
        address = frames + (other[frames] -> SLOTS : 0);
        other[frames] = !other[frames];
        assert(!waits[address]);
        slot[frames] = address;
        waits[address] = true;
        forked_in[address] = ended;
        done[address] = true;
        frames++;
        forks++;
        address = 0
    }
}

inline reset_shared()
{
    d_step {
        for (i : 0 .. count - 1) {
            done[slot[split + i]] = false
        };
        i = 0
    }
}

inline share()
{
    count = (frames - split + 1) / 2;
#ifndef SHARE_AND_RESET
    reset_shared();
#endif
    shared = shared + count;
#ifdef SHARE_AND_RESET
    reset_shared();
#endif
    d_step { split = split + count; count = 0 }
}

/* Answers in `mine`. */
inline unshare()
{
    d_step { seen_taken = taken; seen_shared = shared; mine = false };
    do
    :: seen_taken >= frames -> break
    :: else ->
        count = seen_taken + (frames - 1 - seen_taken) / 2;
        atomic {
            if
#ifndef UNSHARE_WITHOUT_COMPARE
            :: taken == seen_taken && shared == seen_shared -> shared = count; mine = true
            :: else -> seen_taken = taken; seen_shared = shared
#else
            :: true -> taken = seen_taken; shared = count; mine = true
#endif
            fi
        };
        if
        :: mine -> split = count; break
        :: else
        fi
    od;
    atomic { count = 0; seen_taken = 0; seen_shared = 0 }
}

inline join()
{
    mine = true;
    if
    :: frames - 1 >= split
    :: else -> unshare()
    fi;
    if
    :: mine ->
        frames--;
        call(slot[frames])
    :: else ->
        done[slot[frames - 1]];
        assert(taken == shared && taken == frames);
        frames--;
        split = frames;
        d_step { taken = frames; shared = frames }
    fi;
    mine = false
}

inline renew()
{
    split = 0;
#ifdef RENEW_IN_THE_SAME_USE
    d_step { taken = 0; shared = 0 }
#else
    d_step { use++; taken = 0; shared = 0 }
#endif
}

proctype owner()
{
    byte frames, split, forks, count, address, i, seen_taken, seen_shared;
    bool mine;
    do
    :: ended == USES -> break
    :: else ->
        renew();
        do
        :: frames < SLOTS && forks < FRAMES -> fork()
        :: frames > split -> share()
        :: frames > 0 -> join()
        :: frames == 0 -> break
        od;
        ended++;
        forks = 0
    od
}

/* ---- thieves --------------------------------------------------------------------------------- */

inline take()
{
    found = false;
    d_step { seen_use = use; seen_taken = taken; seen_shared = shared };
    do
    :: seen_use != known || seen_taken >= seen_shared -> break
    :: else ->
        atomic {
            if
#ifndef TAKE_WITHOUT_COMPARE
            :: use == seen_use && taken == seen_taken && shared == seen_shared ->
                taken++;
                found = true
            :: else -> seen_use = use; seen_taken = taken; seen_shared = shared
#else
            :: true -> taken = seen_taken + 1; found = true
#endif
            fi
        };
        if
        :: found -> break
        :: else
        fi
    od;
    atomic { seen_use = 0; seen_shared = 0 }
}

/* The slot is read in a step of its own, once the frame is the thief's. */
proctype thief()
{
    byte known, known_in, seen_use, seen_taken, seen_shared, address;
    bool found;
end_none:
    do
    :: atomic { use != known -> known = use; known_in = ended }
    :: atomic { use == known && taken < shared -> assert(shared <= SLOTS) };
        take();
        if
        :: found ->
            address = slot[seen_taken];
            assert(forked_in[address] == known_in);
            call(address);
            done[address] = true
        :: else
        fi;
        atomic { found = false; address = 0; seen_taken = 0 }
    :: ended == USES -> break
    od
}

init
{
    byte i;
    atomic {
        run owner();
        for (i : 1 .. THIEVES) {
            run thief()
        };
        i = 0
    }
}
