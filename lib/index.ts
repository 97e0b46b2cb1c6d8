export * from './network/index'
