/* fault: a backend that does something wrong, and what must come of it.
 *
 *     client ── request ──→ mlproxy ──→ b1: strikes as the fault says
 *     client ←─ answer ────    └─────→ b2: sound, or strikes too
 *
 * fault_play() goes through one fault in one scene and asserts what the client gets, what each
 * backend got, what is thought of each, that nothing is in flight or kept any more, that all
 * descriptors are back, and that the next request is answered.
 *
 * A test that fails is named with a number only: that of the row of the table times FAULT_SCENES,
 * plus the scene.
 */
#ifndef RIG_FAULT_H
#define RIG_FAULT_H

#include "rig/rig.h"

enum fault_end { FAULT_STAYS, FAULT_FIN, FAULT_RESET };

enum { FAULT_WHOLE = -1 };

struct fault {
	const char *name;

	/* What the backend does. */
	bool refuses;        /* nobody listens at its port */
	bool hangs;          /* nobody accepts there */
	bool is_deaf;        /* it does not read */
	long after;          /* strikes when that many bytes of the request have come, or the whole */
	const char *says;    /* what it answers then; NULL: nothing */
	const char *repeats; /* and this time and again, as long as anybody listens */
	int64_t rests_ns;    /* that passes then, and before every repetition */
	enum fault_end end;  /* what becomes of the connection */

	/* What must come of it. */
	int status;                /* of the answer, when nobody else can be asked */
	const char *body;          /* of that answer; or */
	const char *detail;        /* what its "detail" says behind the backend's name */
	bool moves;                /* if there is another backend, that one answers */
	enum health_status health; /* after one such request; HEALTH_UNKNOWN (0): it says nothing */
};

enum fault_scene {
	FAULT_ONE,  /* a pool of one */
	FAULT_TWO,  /* of two, the other of which is sound */
	FAULT_BOTH, /* of two that do the same */
	FAULT_SCENES,
};

/* photo_n: bytes of the photo that the client sends. */
void fault_play(const struct fault *fault, enum fault_scene scene, size_t photo_n);

/* Open descriptors of the process, but those of pipes, which rest with the workers, who see to it
 * that all are given back. */
size_t fault_descriptors(void);

/* As many as there are when nothing is going on, but everything that is made for the first request
 * is there: asks the rig's last backend, to which the configuration leads what it knows nothing of.
 */
size_t fault_descriptors_at_rest(struct rig *rig);

/* Nothing is in flight, nothing kept; when all that connects has left and the disk has back what it
 * held, only that many descriptors are open. */
void fault_expect_all_back(struct rig *rig, size_t descriptors);

#endif
