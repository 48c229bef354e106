// Orders: actors with Dapr's JavaScript SDK, as its documentation has them. Nothing here knows of Actorproof.
//
// MISTAKE=answers-early breaks them on purpose: status is answered before its work has ended.
"use strict";

const { AbstractActor, CommunicationProtocolEnum, DaprServer, Temporal } = require("@dapr/dapr");

const STATE = "order";
const TIMEOUT = "payment-timeout";
const EARLY = "answers-early";
const mistake = process.env.MISTAKE ?? "";

/** One order. One that nobody pays in time is cancelled. */
class OrderActor extends AbstractActor {
  /** Store the order, and have it cancelled in a while. */
  async create(wanted) {
    const order = { status: "new", item: wanted.item };
    await this.getStateManager().setState(STATE, order);
    await this.registerActorReminder(TIMEOUT, Temporal.Duration.from({ seconds: 3 }), undefined, undefined, wanted.item);
    return order;
  }

  /** Store that it was paid; it is not cancelled any more. */
  async pay() {
    let order = await this.order();
    if (order.status === "new") {
      order = { ...order, status: "paid" };
      await this.getStateManager().setState(STATE, order);
      await this.unregisterActorReminder(TIMEOUT);
    }
    return order;
  }

  /** Tell the order as it is stored. */
  async status() {
    if (mistake === EARLY) {
      setTimeout(() => this.saveLater().catch(console.error), 100);
    }
    return this.order();
  }

  /** Fail each time, after a change that is not to stay. */
  async refuse() {
    await this.getStateManager().setState(STATE, { ...(await this.order()), status: "refused" });
    throw new Error("an order is not refused");
  }

  /** Cancel the order if nobody has paid it. The SDK gives the reminder's data, not its name; there is but one. */
  async receiveReminder() {
    const order = await this.order();
    if (order.status === "new") {
      await this.getStateManager().setState(STATE, { ...order, status: "cancelled" });
    }
  }

  async order() {
    const [found, order] = await this.getStateManager().tryGetState(STATE);
    return found ? order : { status: "none" };
  }

  /** The mistake: it saves while no turn of the actor is open. */
  async saveLater() {
    await this.getStateManager().setState("asked", Date.now());
    await this.getStateManager().saveState();
  }
}

async function main() {
  if (mistake !== "" && mistake !== EARLY) {
    throw new Error(`MISTAKE is "${mistake}": choose ${EARLY}, or none`);
  }
  const server = new DaprServer({
    serverHost: "127.0.0.1",
    serverPort: process.env.APP_PORT,
    communicationProtocol: CommunicationProtocolEnum.HTTP,
    clientOptions: {
      daprHost: "127.0.0.1",
      daprPort: process.env.DAPR_HTTP_PORT,
      actor: { actorIdleTimeout: "20s", drainOngoingCallTimeout: "4s", drainRebalancedActors: true },
    },
  });
  await server.actor.init();
  server.actor.registerActor(OrderActor);
  await server.start();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
