/**
 * The kernel's side of Jupyter's five channels. Written here rather than taken from tslab, whose server has no error, execute_input,
 * execute_result or interrupt messages and loses output. Requests are answered as
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html says, version 5.3.
 */
import { randomUUID } from 'node:crypto'
import type { JupyterHandlerImpl } from 'tslab/dist/jupyter.js'
import * as zmq from 'zeromq'
import type { CellRunner } from './cells'
import { type Message, readMessage, writeMessage } from './messages'
import { Outbox, type StreamName, TextBuffer } from './outbox'

/** What the connection file of a front end holds. */
export interface Connection {
  readonly transport: string
  readonly ip: string
  readonly key: string
  readonly shell_port: number
  readonly control_port: number
  readonly iopub_port: number
  readonly stdin_port: number
  readonly hb_port: number
}

/** A display_data message's content. */
export interface DisplayContent {
  readonly data: object
  readonly metadata: object
  readonly transient?: { readonly display_id?: string }
}

/** How long requests that are on their way get to arrive, after a failure and before it is replied to. */
const abortMilliseconds = 20

export class KernelServer {
  private readonly session = randomUUID()
  // 0: never drop output because a front end reads slowly
  private readonly iopub = new zmq.Publisher({ sendHighWaterMark: 0, linger: 1000 })
  private readonly shell = new zmq.Router({ linger: 1000 })
  private readonly control = new zmq.Router({ linger: 1000 })
  private readonly stdin = new zmq.Router()
  private readonly heartbeat = new zmq.Reply()
  private readonly publicOutbox = new Outbox(this.iopub)
  private cell: Message | undefined
  private text = new TextBuffer(() => undefined)
  private queue: Promise<void> = Promise.resolve()
  /** Requests that arrived before this moment, and have not begun, are aborted. */
  private abortBefore = 0

  constructor(
    private readonly connection: Connection,
    private readonly cells: CellRunner,
    private readonly editor: JupyterHandlerImpl,
    private readonly close: () => void,
  ) {}

  /** Binds the channels and answers until `shutdown_request`. */
  async start(): Promise<void> {
    const { connection } = this
    const bind = (socket: zmq.Socket & { bind(address: string): Promise<void> }, port: number) =>
      socket.bind(connection.transport === 'ipc' ? `ipc://${connection.ip}-${port}` : `tcp://${connection.ip}:${port}`)
    await Promise.all([
      bind(this.iopub, connection.iopub_port),
      bind(this.shell, connection.shell_port),
      bind(this.control, connection.control_port),
      bind(this.stdin, connection.stdin_port),
      bind(this.heartbeat, connection.hb_port),
    ])
    this.publish('status', { execution_state: 'starting' }, undefined)
    void this.answer(this.shell)
    void this.answer(this.control)
    for await (const beat of this.heartbeat) await this.heartbeat.send(beat)
  }

  /** Text of the running cell, or of the last one. */
  write(name: StreamName, text: string): void {
    this.text.write(name, text)
  }

  display(content: DisplayContent, update: boolean): void {
    this.text.flush()
    this.publish(update ? 'update_display_data' : 'display_data', content, this.cell)
  }

  private publish(type: string, content: object, parent: Message | undefined): void {
    this.publicOutbox.send(writeMessage(this.connection.key, this.session, type, content, parent))
  }

  private async answer(socket: zmq.Router): Promise<void> {
    const outbox = new Outbox(socket)
    for await (const frames of socket) {
      let message: Message
      try {
        message = readMessage(frames, this.connection.key)
      } catch (error) {
        this.write('stderr', `${String(error)}\n`)
        continue
      }
      // not awaited: completion and interrupts are answered while a cell runs
      void this.handle(message, (type, content) => {
        outbox.send(writeMessage(this.connection.key, this.session, type, content, message))
        return outbox.sent()
      })
    }
  }

  private async handle(request: Message, reply: (type: string, content: object) => Promise<void>): Promise<void> {
    this.publish('status', { execution_state: 'busy' }, request)
    const type = request.header.msg_type
    if (type === 'execute_request') await this.enqueue(request, reply)
    else {
      const content = this.simpleReply(type, request.content)
      if (content) await reply(type.replace(/_request$/, '_reply'), content)
    }
    this.publish('status', { execution_state: 'idle' }, request)
    if (type !== 'shutdown_request') return
    await this.publicOutbox.sent()
    this.close()
  }

  /** Content of the reply to a request that runs no cell; undefined where the protocol expects none. */
  private simpleReply(type: string, content: Message['content']): object | undefined {
    try {
      switch (type) {
        case 'kernel_info_request':
          return { status: 'ok', ...this.editor.handleKernel(), implementation: 'blockwise' }
        case 'is_complete_request':
          return this.editor.handleIsComplete(content as never)
        case 'inspect_request':
          return this.editor.handleInspect(content as never)
        case 'complete_request':
          return this.editor.handleComplete(content as never)
        case 'comm_info_request':
          return { status: 'ok', comms: {} }
        case 'history_request':
          return { status: 'ok', history: [] }
        case 'shutdown_request':
          return { status: 'ok', restart: content.restart === true }
        case 'interrupt_request':
          this.cells.interrupt()
          return { status: 'ok' }
        default:
          return undefined
      }
    } catch (error) {
      // the compiler stumbled over a half-typed cell: no completion then
      return { status: 'error', ename: 'Error', evalue: String(error), traceback: [] }
    }
  }

  private enqueue(request: Message, reply: (type: string, content: object) => Promise<void>): Promise<void> {
    const arrival = performance.now()
    this.queue = this.queue.then(async () => {
      const content = arrival >= this.abortBefore ? await this.execute(request) : { status: 'aborted' }
      await reply('execute_reply', content)
    })
    return this.queue
  }

  /** "Run all" sends every cell at once: those behind a failure are not to run. What is sent after the reply is. */
  private async abortWaiting(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, abortMilliseconds))
    this.abortBefore = performance.now()
  }

  private async execute(request: Message): Promise<object> {
    const { code, silent, stop_on_error } = request.content
    this.text.flush()
    this.cell = request
    this.text = new TextBuffer((name, text) => this.publish('stream', { name, text }, request))
    const outcome = await this.cells.run(String(code), async (count) => {
      if (!silent) this.publish('execute_input', { code, execution_count: count }, request)
      // a cell may keep the event loop for itself: the front end hears first that it runs
      await this.publicOutbox.sent()
    })
    this.text.flush()
    if (outcome.status === 'error') {
      this.publish('error', outcome.error, request)
      if (stop_on_error !== false) await this.abortWaiting()
      return { status: 'error', execution_count: outcome.count, ...outcome.error }
    }
    if (outcome.value !== undefined && !silent) {
      const data = { 'text/plain': outcome.value }
      this.publish('execute_result', { execution_count: outcome.count, data, metadata: {} }, request)
    }
    return { status: 'ok', execution_count: outcome.count, payload: [], user_expressions: {} }
  }
}
